#pragma once

#include "report.hpp"

namespace pintle::config {

// What no single value shows: what is missing, and what does not go together.
void check(const Config& config, Purpose purpose, Report& report);

}  // namespace pintle::config
