#pragma once

#include "app/config_report.hpp"

namespace pintle::app {

// What no single value shows: what is missing, and what does not go together.
void check(const Config& config, Purpose purpose, Report& report);

}  // namespace pintle::app
