#pragma once

#include <string>

#include "pintle/base/time.hpp"
#include "pintle/stats/prometheus.hpp"
#include "pintle/telemetry/resource.hpp"

namespace pintle::telemetry {

// The body of a request to /v1/metrics: the metrics of one moment under their Prometheus names. Counters and histograms
// are cumulative since `start`.
std::string metrics_request(const stats::Families& families, const Resource& resource, WallTime start, WallTime now);

}  // namespace pintle::telemetry
