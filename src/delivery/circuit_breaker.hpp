#pragma once

#include <algorithm>
#include <optional>

#include "pintle/delivery/backoff.hpp"
#include "scheduler.hpp"

namespace pintle::delivery {

// Tells whether the destination fails, rather than single records. It opens after 20 failed requests with different
// records and no success, or after 3 of them if the first is at least three of its intervals (3 s) ago. While it is
// open a probe is sent about once an interval, whether or not the one before has ended. Any success closes it.
// `retry.probe_interval` is another interval: that of CredentialPause.
class CircuitBreaker {
public:
    // The longest time between two probes, and the longest back-off of a record whose failures may be the
    // destination's.
    static constexpr Duration max_interval{1'000};

    explicit CircuitBreaker(Duration max_backoff) : interval_(std::min(max_backoff, max_interval)) {}

    // A request failed. `counts`: it held a record that was not counted before. `asked` is the response's Retry-After.
    // True if this opens it: the first probe is due now, or when the response asked for it.
    bool failed(bool counts, TimePoint now, std::optional<Duration> asked);

    // A request succeeded.
    void succeeded() {
        requests_ = 0;
        open_ = false;
    }

    // A probe is sent; the next one follows after 0.8 to 1.2 intervals. `jitter` is random in [0, 1).
    void probed(TimePoint now, double jitter);

    // Changes the interval. The next probe is due now.
    void reconfigure(Duration max_backoff, TimePoint now) {
        interval_ = std::min(max_backoff, max_interval);
        probe_at_ = now;
    }

    bool open() const noexcept { return open_; }
    TimePoint probe_at() const noexcept { return probe_at_; }  // while it is open
    Duration interval() const noexcept { return interval_; }

private:
    Duration interval_;
    int requests_ = 0;  // that failed with different records since the last success
    TimePoint since_;   // the first of them
    bool open_ = false;
    TimePoint probe_at_;
};

}  // namespace pintle::delivery
