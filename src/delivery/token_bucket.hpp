#pragma once

#include "scheduler.hpp"

namespace pintle::delivery {

// Requests per second. A 429 halves the rate, at most once a second (many are under way when the first one comes), down
// to a hundredth; it comes back by a twentieth of the configured rate each second.
class TokenBucket {
public:
    explicit TokenBucket(double rate);

    // When there is a token: `now`, or the time to wait for.
    TimePoint ready_at(TimePoint now);

    void take() noexcept { tokens_ -= 1; }  // one that is ready
    void give_back() noexcept { tokens_ += 1; }
    void throttle(TimePoint now);
    void configure(double rate, TimePoint now);  // what is throttled stays so by the same share

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
