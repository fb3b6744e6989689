#pragma once

#include <nlohmann/json_fwd.hpp>

#include "pintle/config/config.hpp"

namespace pintle::config {

// The configuration in force, nested as in the file and in its order; durations and sizes as they are written there
// ("24h", "32KB"). Secrets that are set are "***". Pure.
nlohmann::ordered_json config_json(const Config& config);

}  // namespace pintle::config
