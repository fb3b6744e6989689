#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace pintle::delivery {

using Duration = std::chrono::milliseconds;

// How long to wait before the next attempt: exponential with full jitter, so that requests that failed together are not
// retried together.
class Backoff {
public:
    // A longer Retry-After is cut to this.
    static constexpr Duration longest_asked = std::chrono::hours{1};

    Backoff(Duration initial, Duration max) : initial_(initial), max_(max) {}

    // After `failures` in a row, at least 1: between 0 and initial * 2^(failures - 1), at most `max`, and at least
    // `asked`, a Retry-After. `jitter` is random in [0, 1).
    Duration wait(std::uint32_t failures, double jitter, std::optional<Duration> asked) const {
        const double step = static_cast<double>(initial_.count()) * std::exp2(std::min(failures, 64U) - 1);
        const double limit = std::min(step, static_cast<double>(max_.count()));
        const Duration jittered{static_cast<Duration::rep>(limit * jitter)};
        return std::max(jittered, std::min(asked.value_or(Duration::zero()), longest_asked));
    }

private:
    Duration initial_;
    Duration max_;
};

}  // namespace pintle::delivery
