#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "pintle/stats/counter.hpp"

namespace pintle::stats {

using Time = std::chrono::nanoseconds;

// The upper bounds of a histogram's buckets, rising and inclusive. One more bucket, without a bound, follows them.
struct Bounds {
    static constexpr std::size_t most = 15;

    constexpr Bounds(std::initializer_list<Time> bounds) {
        for (const Time bound : bounds) times.at(size++) = bound;
    }

    std::size_t place(Time time) const noexcept {
        std::size_t bucket = 0;
        while (bucket < size && time > times[bucket]) ++bucket;
        return bucket;
    }

    std::array<Time, most> times{};
    std::size_t size = 0;
};

// A histogram's counts at one moment.
struct HistogramSnapshot {
    const Bounds* bounds = nullptr;
    std::array<std::uint64_t, Bounds::most + 1> counts{};  // of each bucket alone
    Time sum{0};

    HistogramSnapshot& operator+=(const HistogramSnapshot& more) {
        bounds = more.bounds;
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more.counts[i];
        sum += more.sum;
        return *this;
    }
};

// The value in seconds that a share `q` of what was added between two snapshots does not exceed, interpolated within
// its bucket; the last bound where it lies beyond it. Nothing where nothing was added.
std::optional<double> quantile(const HistogramSnapshot& before, const HistogramSnapshot& now, double q);

// Counts durations. Any thread may add and read; adding is two atomic additions.
class Histogram {
public:
    // The bounds must outlive it.
    explicit Histogram(const Bounds& bounds) : bounds_(bounds) {}

    void add(Time time) noexcept {
        if (time < Time{0}) time = Time{0};  // a wall clock was set back
        counts_[bounds_.place(time)].add();
        sum_.add(static_cast<std::uint64_t>(time.count()));
    }

    HistogramSnapshot times() const {
        HistogramSnapshot all;
        all.bounds = &bounds_;
        for (std::size_t i = 0; i < counts_.size(); ++i) all.counts[i] = counts_[i].value();
        all.sum = Time(static_cast<Time::rep>(sum_.value()));
        return all;
    }

private:
    const Bounds& bounds_;
    std::array<Counter, Bounds::most + 1> counts_;
    Counter sum_;  // nanoseconds
};

}  // namespace pintle::stats
