#pragma once

#include "report.hpp"

namespace pintle::config {

// Reports missing values and values that contradict each other.
void check(const Config& config, Purpose purpose, Report& report);

}  // namespace pintle::config
