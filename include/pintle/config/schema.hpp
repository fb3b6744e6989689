#pragma once

#include <nlohmann/json_fwd.hpp>

namespace pintle::config {

// The JSON Schema (draft 7) of the configuration file, for editors. It knows each key, its type and its bounds where a
// schema can express them; `load_config` finds more, such as a destination that a source names and that does not
// exist. A value may be a reference to an environment variable.
nlohmann::ordered_json config_schema();

}  // namespace pintle::config
