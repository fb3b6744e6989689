#pragma once

#include <string>

#include "pintle/admin/status.hpp"

namespace pintle::daemon {

// A full status as metrics in Prometheus' text format.
std::string prometheus_text(const admin::Status& status);

}  // namespace pintle::daemon
