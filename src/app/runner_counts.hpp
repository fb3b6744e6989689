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

inline constexpr count::Bounds call_bounds = [] {
    using namespace std::chrono_literals;
    return count::Bounds{5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s, 30s, 60s};
}();

inline constexpr count::Bounds way_bounds = [] {
    using namespace std::chrono_literals;
    return count::Bounds{10ms, 50ms, 100ms, 250ms, 500ms, 1s, 5s, 15s, 60s, 300s, 1800s, 3600s, 21600s, 86400s};
}();

// What one destination's deliveries came to since the start. One thread counts, any may look.
struct RunnerCounts {
    count::Counter delivered;
    count::ReasonCounters retries;  // events that wait for another attempt, by what the last one met
    count::ReasonCounters dead_lettered;
    std::atomic<std::uint64_t> requests{0};  // under way
    count::Histogram calls{call_bounds};     // one request and its answer
    count::Histogram ways{way_bounds};       // of an event, from its acceptance to the 2xx
};

}  // namespace pintle::app
