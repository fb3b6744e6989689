#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "pintle/count/counter.hpp"
#include "pintle/count/histogram.hpp"
#include "pintle/mapping/refusals.hpp"

namespace pintle::app {

// Counts by the status that Customer.io answered with.
class ByStatus {
public:
    // 0: there was no answer.
    void add(int status) noexcept { counters_[place(status)].add(); }

    std::uint64_t sum() const noexcept {
        std::uint64_t total = 0;
        for (const auto& counter : counters_) total += counter.value();
        return total;
    }

    // `visit(name, count)` for those that there were.
    template <class Visit>
    void each(Visit visit) const {
        for (std::size_t i = 0; i < counters_.size(); ++i) {
            if (const auto count = counters_[i].value(); count > 0) visit(name(i), count);
        }
    }

private:
    static constexpr std::size_t none = 0;
    static constexpr std::size_t other = 1;  // no status that HTTP knows
    static constexpr std::size_t first = 100;

    static std::size_t place(int status) noexcept {
        if (status == 0) return none;
        const auto number = static_cast<std::size_t>(status);
        return status >= static_cast<int>(first) && number < 600 ? number : other;
    }
    static std::string name(std::size_t place) {
        if (place == none) return "network";
        return place == other ? "other" : std::to_string(place);
    }

    std::array<count::Counter, 600> counters_;
};

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
    ByStatus retries;                            // events that wait for another attempt, by what the last one met
    ByStatus refused;                            // dead letters, by Customer.io's answer
    count::Tally unmappable{mapping::refusals};  // the same, of events that a change of options made so
    count::Counter too_old;                      // the same, over retry.max_age
    count::Counter unreadable;                   // the same, written by another version
    std::atomic<std::uint64_t> requests_in_flight{0};
    count::Histogram request_duration{request_duration_bounds};  // of one request, to its response or failure
    count::Histogram delivery_latency{delivery_latency_bounds};  // of an event, from accepted to delivered

    std::uint64_t dead() const {
        std::uint64_t total = refused.sum() + too_old.value() + unreadable.value();
        for (const auto& count : unmappable.counts()) total += count.second;
        return total;
    }
};

}  // namespace pintle::app
