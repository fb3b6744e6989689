#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace pintle::cli::importer {

// How fast it goes, and how long it takes.
class ProgressEstimator {
public:
    using Time = std::chrono::steady_clock::time_point;

    // `size`: of the file; nothing where it has no end yet.
    ProgressEstimator(std::optional<std::uint64_t> size, std::uint64_t offset, std::uint64_t events, Time now);

    // So many events, and all bytes up to `offset`, are done with.
    void at(std::uint64_t offset, std::uint64_t events, Time now);

    // `45 %  4,512 events  5,100/s  1m20s left`, with a bar where at least `columns` are to be filled.
    std::string text(std::size_t columns, Time now) const;

private:
    struct Mark {
        Time time;
        std::uint64_t offset = 0;
        std::uint64_t events = 0;
    };

    std::optional<double> share() const;

    std::optional<std::uint64_t> size_;
    std::deque<Mark> marks_;  // of the latest seconds, one more before them
};

}  // namespace pintle::cli::importer
