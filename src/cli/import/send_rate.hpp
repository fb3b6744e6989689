#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace pintle::cli::importer {

// When the next events may be sent, so that at most `rate` events are sent a second. Unused time is not made up for.
class SendRate {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit SendRate(double rate) : rate_(rate) {}  // 0: no limit

    Time next() const noexcept { return next_; }

    void sent(std::size_t events, Time now) {
        if (rate_ <= 0) return;
        const std::chrono::duration<double> took(static_cast<double>(events) / rate_);
        next_ = std::max(next_, now) + std::chrono::duration_cast<Time::duration>(took);
    }

    // The events of half a second at most, so that a low rate is spread evenly.
    std::size_t max_at_once(std::size_t limit) const noexcept {
        if (rate_ <= 0) return limit;
        return static_cast<std::size_t>(std::clamp(rate_ / 2, 1.0, static_cast<double>(limit)));
    }

private:
    double rate_;
    Time next_;
};

}  // namespace pintle::cli::importer
