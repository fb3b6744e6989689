#pragma once

#include <optional>
#include <string>

#include "pintle/config/config.hpp"

namespace pintle::cli {

// The configuration from `file` and the process's environment. Problems and warnings go to stderr, a line each; with
// problems there is none.
std::optional<config::Config> load_or_explain(const std::string& file, config::Purpose purpose);

}  // namespace pintle::cli
