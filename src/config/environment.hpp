#pragma once

#include "report.hpp"

namespace pintle::config {

// Overrides the file by the variables that are set. Without a file (`alone`) they define one source and one
// destination.
void apply_environment(const Environment& environment, bool alone, Purpose purpose, Config& config, Report& report);

}  // namespace pintle::config
