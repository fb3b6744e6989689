#pragma once

#include <functional>
#include <string>

#include "pintle/config/config.hpp"

namespace pintle::daemon {

// Opens the journal, binds the listeners and runs until SIGTERM or SIGINT, and the drain that follows; SIGHUP loads the
// configuration again. Throws std::runtime_error with a message for people where it cannot start. `file` is the
// configuration's path, empty without one; `load` reads the configuration again, on any thread.
void run(config::Config config, std::string file, std::function<config::Loaded()> load);

}  // namespace pintle::daemon
