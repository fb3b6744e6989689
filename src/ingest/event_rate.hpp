#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "pintle/base/mutex.hpp"
#include "pintle/base/token_bucket.hpp"

namespace pintle::ingest {

// Limits how many events a second one source sends, with a burst of one second's worth. A request passes or fails as a
// whole: one that is larger than the burst passes when the bucket is full, and the requests after it wait for what it
// took in excess. Thread-safe.
class EventRate {
public:
    using TimePoint = TokenBucket::TimePoint;

    // Returns nothing if the events pass. Otherwise returns after how long the sender may try again, at least 1 s.
    // `rate` is over 0; a reload may change it.
    std::optional<std::chrono::seconds> take(std::size_t events, std::size_t rate, TimePoint now) {
        const auto per_second = static_cast<double>(rate);
        const MutexLock lock(mutex_);
        if (!bucket_) bucket_.emplace(per_second, std::chrono::seconds(1));
        if (bucket_->configured_rate() != per_second) bucket_->configure(per_second, now);
        const auto at = bucket_->ready_at(now, static_cast<double>(events));
        if (at > now) return std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(at - now));
        bucket_->take(static_cast<double>(events));
        return std::nullopt;
    }

private:
    Mutex mutex_;
    std::optional<TokenBucket> bucket_ GUARDED_BY(mutex_);
};

}  // namespace pintle::ingest
