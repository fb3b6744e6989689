#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace pintle::cli::importer {

// Estimates the speed and the remaining time of an import, or of other work on a file.
class ProgressEstimator {
public:
    using Time = std::chrono::steady_clock::time_point;

    // `size`: of the file; nothing for a pipe. `unit`: what is counted, in the plural.
    ProgressEstimator(std::optional<std::uint64_t> size, std::uint64_t offset, std::uint64_t events, Time now,
                      std::string unit = "events");

    // `events` events and all bytes up to `offset` are finished.
    void at(std::uint64_t offset, std::uint64_t events, Time now);

    // `45 %  4,512 events  5,100/s  1m20s left`, with a bar that fills `columns`.
    std::string text(std::size_t columns, Time now) const;

private:
    struct Mark {
        Time time;
        std::uint64_t offset = 0;
        std::uint64_t events = 0;
    };

    std::optional<double> share() const;

    std::optional<std::uint64_t> size_;
    std::string unit_;
    std::deque<Mark> marks_;  // of the last seconds, and the one before them
};

}  // namespace pintle::cli::importer
