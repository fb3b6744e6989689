#pragma once

#include <string>

#include "pintle/admin/status.hpp"
#include "pintle/stats/prometheus.hpp"
#include "pintle/telemetry/exporter.hpp"

namespace pintle::daemon {

// A full status as metrics, with what was exported of them.
stats::Families metrics(const admin::Status& status, const telemetry::ExportCounts& exports);

// The same in Prometheus' text format.
std::string prometheus_text(const admin::Status& status, const telemetry::ExportCounts& exports = {});

}  // namespace pintle::daemon
