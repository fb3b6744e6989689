#pragma once

#include <atomic>
#include <cstdint>

#include "pintle/customerio/mapper.hpp"
#include "pintle/stats/counter.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::delivery {

// Why a destination's events may be dead-lettered after they were accepted.
stats::ReasonSet possible_dead_letters(const customerio::Options& options);

stats::ReasonSet possible_retry_causes();

inline constexpr stats::Bounds request_duration_bounds = [] {
    using namespace std::chrono_literals;
    return stats::Bounds{5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s, 30s, 60s};
}();

inline constexpr stats::Bounds delivery_latency_bounds = [] {
    using namespace std::chrono_literals;
    return stats::Bounds{10ms, 50ms, 100ms, 250ms, 500ms, 1s, 5s, 15s, 60s, 300s, 1800s, 3600s, 21600s, 86400s};
}();

// One destination's deliveries since the start. One thread counts, any may read.
struct WorkerCounts {
    stats::Counter delivered;
    stats::ReasonCounters retries;  // by the cause of the failed attempt
    stats::ReasonCounters dead_lettered;
    stats::Counter duplicates;  // dropped, as another process had accepted the same message id before
    std::atomic<std::uint64_t> requests_in_flight{0};
    stats::Histogram request_duration{request_duration_bounds};  // of one request, to its response or failure
    stats::Histogram delivery_latency{delivery_latency_bounds};  // of an event, from accepted to delivered
};

}  // namespace pintle::delivery
