#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "pintle/daemon/metrics.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::daemon {

// The backlog of a log: `bytes` in all, and `oldest` has its first record, if there is one. Pure.
Backlog measure_backlog(const std::vector<journal::StoredRecord>& oldest, std::uint64_t bytes, WallTime now);

// When a backlog will be empty if it goes on changing as it did in the last seconds, whatever it is that fills and
// empties it. Pure.
class DrainEstimator {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::seconds window{10};

    // The number of pending events; times rise.
    void add(std::uint64_t backlog, TimePoint now);

    // Seconds; 0: nothing is pending. Nothing where it does not shrink, or before the second `add`.
    std::optional<double> time_to_drain() const;

private:
    struct Sample {
        std::uint64_t backlog = 0;
        TimePoint time;
    };
    std::deque<Sample> samples_;  // of the window, the oldest first
};

// How much of the journal a destination may fill (0: all of it), as it says, or an equal share. Shares leave an eighth
// for dead letters, message ids and what is delivered and not yet deleted.
std::uint64_t journal_share(const config::Config& config, const config::Destination& destination);

}  // namespace pintle::daemon
