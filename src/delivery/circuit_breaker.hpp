#pragma once

#include <algorithm>
#include <optional>

#include "pintle/delivery/backoff.hpp"
#include "scheduler.hpp"

namespace pintle::delivery {

// Whether it is the destination that fails, rather than single records. It opens when nothing has succeeded since 20
// requests with other records each failed, or since 3 such failed and three probe intervals passed. While it is open a
// probe goes out about once a second, whether or not the one before has come back. Any success closes it.
class CircuitBreaker {
public:
    // The longest time between two probes, and the longest that a record waits of which nobody knows whether it is to
    // blame itself.
    static constexpr Duration longest_probe_interval{1'000};

    explicit CircuitBreaker(Duration max_backoff) : interval_(std::min(max_backoff, longest_probe_interval)) {}

    // A request failed. `counts`: it held a record that did not count before. True if this opens it; then the first
    // probe is due, or when the answer asked for it.
    bool failed(bool counts, TimePoint now, std::optional<Duration> asked);

    // A request succeeded.
    void succeeded() {
        requests_ = 0;
        open_ = false;
    }

    // A probe is sent; the next one follows after 0.8 to 1.2 intervals. `chance` is in [0, 1).
    void probed(TimePoint now, double chance);

    // Another interval, from the next probe on, which is due now.
    void reconfigure(Duration max_backoff, TimePoint now) {
        interval_ = std::min(max_backoff, longest_probe_interval);
        probe_at_ = now;
    }

    bool open() const noexcept { return open_; }
    TimePoint probe_at() const noexcept { return probe_at_; }  // while it is open
    Duration interval() const noexcept { return interval_; }

private:
    Duration interval_;
    int requests_ = 0;  // failed with other records each, since the last success
    TimePoint since_;   // the first of them
    bool open_ = false;
    TimePoint probe_at_;
};

}  // namespace pintle::delivery
