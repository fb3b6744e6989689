#pragma once

#include <cstdint>
#include <string>

#include "pintle/admin/status.hpp"
#include "pintle/stats/prometheus.hpp"
#include "pintle/telemetry/exporter.hpp"

namespace pintle::daemon {

// What became of the exports to the OpenTelemetry collector.
struct TelemetryCounts {
    telemetry::ExportCounts batches{};
    std::uint64_t dropped_spans = 0;  // for which there was no room
};

// A full status as metrics.
stats::Families metrics(const admin::Status& status, const TelemetryCounts& telemetry);

// The same in Prometheus' text format.
std::string prometheus_text(const admin::Status& status, const TelemetryCounts& telemetry = {});

}  // namespace pintle::daemon
