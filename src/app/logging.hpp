#pragma once

#include "pintle/app/config.hpp"

namespace pintle::app {

// Log lines go to stderr, one an event: time, level, then `name key=value ...`; with `log.format: json` as one JSON
// object a line.
void start_logging(const Config& config);

}  // namespace pintle::app
