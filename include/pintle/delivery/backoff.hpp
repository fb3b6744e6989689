#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

namespace pintle::delivery {

using Duration = std::chrono::milliseconds;

// How long to wait before another try: exponential with full jitter, so that those who failed together do not come
// back together.
class Backoff {
public:
    // A destination that asks for more (a year, a date far off) is tried after this all the same.
    static constexpr Duration longest_asked = std::chrono::hours{1};

    Backoff(Duration initial, Duration max) : initial_(initial), max_(max) {}

    // After `failures` in a row, at least 1: uniform between 0 and initial * 2^(failures - 1), but no more than max.
    // `chance` is in [0, 1); `asked`, a Retry-After, is the least.
    Duration wait(std::uint32_t failures, double chance, std::optional<Duration> asked) const {
        const double step = static_cast<double>(initial_.count()) * std::exp2(std::min(failures, 64U) - 1);
        const double limit = std::min(step, static_cast<double>(max_.count()));
        const Duration jittered{static_cast<Duration::rep>(limit * chance)};
        return std::max(jittered, std::min(asked.value_or(Duration::zero()), longest_asked));
    }

private:
    Duration initial_;
    Duration max_;
};

}  // namespace pintle::delivery
