#pragma once

#include "scheduler.hpp"

namespace pintle::delivery {

// Limits the requests per second. A 429 halves the rate, down to a hundredth, and at most once a second, as many
// requests are in flight when the first one comes. The rate recovers by a twentieth of the configured one each second.
class TokenBucket {
public:
    explicit TokenBucket(double rate);

    // When there is a token: `now` or later.
    TimePoint ready_at(TimePoint now);

    void take() noexcept { tokens_ -= 1; }  // only if one is ready
    void give_back() noexcept { tokens_ += 1; }
    void throttle(TimePoint now);
    void configure(double rate, TimePoint now);  // a lowered rate stays lowered by the same share

    double rate() const noexcept { return rate_; }

private:
    void refill(TimePoint now);

    double configured_;
    double rate_;
    double tokens_;
    TimePoint filled_;
    TimePoint throttled_;
};

}  // namespace pintle::delivery
