#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace pintle::cli::importer {

// When the next events may be sent, so that there are no more than `rate` of them a second. Time that passed unused is
// not made up for.
class Pace {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Pace(double rate) : rate_(rate) {}  // 0: no limit

    Time next() const noexcept { return next_; }

    void sent(std::size_t events, Time now) {
        if (rate_ <= 0) return;
        const std::chrono::duration<double> took(static_cast<double>(events) / rate_);
        next_ = std::max(next_, now) + std::chrono::duration_cast<Time::duration>(took);
    }

    // So that the events of a slow pace do not come in heaps: those of half a second at most.
    std::size_t most_at_once(std::size_t otherwise) const noexcept {
        if (rate_ <= 0) return otherwise;
        return static_cast<std::size_t>(std::clamp(rate_ / 2, 1.0, static_cast<double>(otherwise)));
    }

private:
    double rate_;
    Time next_;
};

}  // namespace pintle::cli::importer
