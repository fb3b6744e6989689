#pragma once

#include <atomic>
#include <cstdint>

#include "pintle/count/counter.hpp"
#include "pintle/count/histogram.hpp"
#include "pintle/count/reasons.hpp"
#include "pintle/mapping/mapper.hpp"

namespace pintle::app {

// For what a destination's events are dead-lettered after they were accepted.
count::ReasonSet possible_dead_letters(mapping::ApiVersion api_version);

count::ReasonSet possible_retry_causes();

inline constexpr count::Bounds request_duration_bounds = [] {
    using namespace std::chrono_literals;
    return count::Bounds{5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s, 30s, 60s};
}();

inline constexpr count::Bounds delivery_latency_bounds = [] {
    using namespace std::chrono_literals;
    return count::Bounds{10ms, 50ms, 100ms, 250ms, 500ms, 1s, 5s, 15s, 60s, 300s, 1800s, 3600s, 21600s, 86400s};
}();

// What one destination's deliveries came to since the start. One thread counts, any may look.
struct RunnerCounts {
    count::Counter delivered;
    count::ReasonCounters retries;  // events that wait for another attempt, by what the last one met
    count::ReasonCounters dead_lettered;
    std::atomic<std::uint64_t> requests_in_flight{0};
    count::Histogram request_duration{request_duration_bounds};  // of one request, to its response or failure
    count::Histogram delivery_latency{delivery_latency_bounds};  // of an event, from accepted to delivered
};

}  // namespace pintle::app
