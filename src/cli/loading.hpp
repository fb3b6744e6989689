#pragma once

#include <optional>
#include <string>

#include "pintle/config/config.hpp"

namespace pintle::cli {

// Prints problems and warnings to stderr, one per line.
void print(const config::Loaded& loaded);

// The configuration of `file` and the environment. Prints problems and warnings; nothing where there are problems.
std::optional<config::Config> load_or_explain(const std::string& file, config::Purpose purpose);

}  // namespace pintle::cli
