#pragma once

#include <chrono>

namespace pintle {

// A rate limit with a burst. The bucket fills by `rate` tokens a second, up to what the rate yields in the time
// `burst`, at least one token. Starts full. No clock. Not thread-safe.
//
// `throttle` halves the rate, at most once a second (when it is called for the first of many concurrent requests, more
// calls follow), down to a hundredth. The rate recovers by a twentieth of the configured one per second.
class TokenBucket {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // `rate` > 0.
    TokenBucket(double rate, std::chrono::duration<double> burst);

    // Returns when so many tokens are available: `now`, or a later time. More than the bucket holds are available when
    // it is full.
    TimePoint ready_at(TimePoint now, double tokens = 1);

    // Takes tokens that are available. Takes more than the bucket holds from the future.
    void take(double tokens = 1) noexcept { tokens_ -= tokens; }
    void give_back() noexcept { tokens_ += 1; }

    void throttle(TimePoint now);
    void configure(double rate, TimePoint now);  // stays throttled by the same factor

    double rate() const noexcept { return rate_; }
    double configured_rate() const noexcept { return configured_; }

private:
    void refill(TimePoint now);
    double capacity() const noexcept;

    double configured_;
    double rate_;
    std::chrono::duration<double> burst_;
    double tokens_;
    TimePoint filled_;
    TimePoint throttled_;
};

}  // namespace pintle
