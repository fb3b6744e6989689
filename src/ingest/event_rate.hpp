#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>

namespace pintle::ingest {

// Bounds how many events a second one source sends, with a burst of one second's worth. A request is taken as a whole:
// one that is larger than the burst passes where nothing is owed, and what it took beyond is owed by those that follow.
// The rate is given each time, as a reload may change it. Thread-safe, without a lock.
class EventRate {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Nothing: they are taken. Otherwise when to ask again for as many, at least 1 s from now. `rate` is over 0.
    std::optional<std::chrono::seconds> take(std::size_t events, std::size_t rate, TimePoint now) noexcept;

private:
    std::atomic<TimePoint> paid_off_;  // when nothing is owed any more
};

}  // namespace pintle::ingest
