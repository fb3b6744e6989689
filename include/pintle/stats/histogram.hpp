#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "pintle/stats/counter.hpp"

namespace pintle::stats {

using Time = std::chrono::nanoseconds;

// The upper bounds of a histogram's buckets, rising; each includes its bound. Behind them is one without a bound.
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

// What a histogram had counted when it was looked at.
struct HistogramSnapshot {
    const Bounds* bounds = nullptr;
    std::array<std::uint64_t, Bounds::most + 1> counts{};  // by bucket, each by itself
    Time sum{0};

    HistogramSnapshot& operator+=(const HistogramSnapshot& more) {
        bounds = more.bounds;
        for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more.counts[i];
        sum += more.sum;
        return *this;
    }
};

// How long things took. Any thread may add and read; two additions, each of one machine instruction.
class Histogram {
public:
    // The bounds must outlive it.
    explicit Histogram(const Bounds& bounds) : bounds_(bounds) {}

    void add(Time time) noexcept {
        if (time < Time{0}) time = Time{0};  // of a wall clock that was set back
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
