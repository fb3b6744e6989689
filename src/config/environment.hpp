#pragma once

#include "report.hpp"

namespace pintle::config {

// Lets the variables that are set win over the file. Without a file (`alone`) they make up one source and one
// destination.
void apply_environment(const Environment& environment, bool alone, Purpose purpose, Config& config, Report& report);

}  // namespace pintle::config
