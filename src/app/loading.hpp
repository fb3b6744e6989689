#pragma once

#include <optional>
#include <string>

#include "pintle/app/config.hpp"

namespace pintle::app {

// The configuration from `file` and the process's environment. Problems and warnings go to stderr, a line each; with
// problems there is none.
std::optional<Config> load_or_explain(const std::string& file, Purpose purpose);

}  // namespace pintle::app
