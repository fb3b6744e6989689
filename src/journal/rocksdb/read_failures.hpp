#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <utility>

#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// Decides when a record or dead letter that cannot be read is lost: after several failed reads over a while, so that a
// transient error loses nothing. Thread-safe.
class ReadFailures {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit ReadFailures(std::chrono::milliseconds timeout) : timeout_(timeout) {}

    // Notes that a read failed at `now`. Returns true if there is no point in another.
    bool give_up(Stream stream, std::uint64_t number, Time now) {
        const MutexLock lock(mutex_);
        if (failures_.size() >= max_failures) failures_.clear();
        auto& failure = failures_[{stream, number}];
        if (failure.reads++ == 0) failure.since = now;
        if (failure.reads < min_reads || now - failure.since < timeout_) return false;
        failures_.erase({stream, number});
        return true;
    }

private:
    static constexpr std::uint32_t min_reads = 3;
    static constexpr std::size_t max_failures = 1024;
    struct Failure {
        Time since;
        std::uint32_t reads = 0;
    };

    const std::chrono::milliseconds timeout_;
    Mutex mutex_;
    std::map<std::pair<Stream, std::uint64_t>, Failure> failures_ GUARDED_BY(mutex_);
};

}  // namespace pintle::journal
