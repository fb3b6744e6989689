#pragma once

#include <string>

#include "pintle/admin/status.hpp"
#include "pintle/stats/prometheus.hpp"

namespace pintle::daemon {

// A full status as metrics.
stats::Families metrics(const admin::Status& status);

// The same in Prometheus' text format.
std::string prometheus_text(const admin::Status& status);

}  // namespace pintle::daemon
