#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pintle/config/config.hpp"

namespace pintle::config {

// The configuration as JSON, nested and ordered as in the file; durations and sizes are written as there ("24h",
// "32KB"). Secrets that are set are "***". Pure.
nlohmann::ordered_json config_json(const Config& config);

}  // namespace pintle::config
