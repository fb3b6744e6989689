#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "pintle/base/token_bucket.hpp"

namespace pintle::cli::importer {

// Limits the events that are sent to `rate` per second, or not if that is 0. Unused time does not accumulate.
class SendRate {
public:
    using Time = TokenBucket::TimePoint;

    explicit SendRate(double rate) : rate_(rate) {
        if (rate > 0) bucket_.emplace(rate, std::chrono::seconds(0));
    }

    // When the next events may be sent.
    Time next(Time now) { return bucket_ ? bucket_->ready_at(now) : now; }

    void sent(std::size_t events) {
        if (bucket_) bucket_->take(static_cast<double>(events));
    }

    // At a low rate the events of half a second at most, so that they do not come in large batches.
    std::size_t max_at_once(std::size_t limit) const noexcept {
        if (rate_ <= 0) return limit;
        return static_cast<std::size_t>(std::clamp(rate_ / 2, 1.0, static_cast<double>(limit)));
    }

private:
    double rate_;
    std::optional<TokenBucket> bucket_;
};

}  // namespace pintle::cli::importer
