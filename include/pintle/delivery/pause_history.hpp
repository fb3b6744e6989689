#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/delivery/pause_reason.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::delivery {

struct Pause {
    PauseReason reason = PauseReason::by_operator;
    WallTime since;
    std::string message;  // for people

    bool operator==(const Pause&) const = default;
};

// When a destination was paused. That time does not count towards an event's age. Small, so that it can be stored as
// text across restarts; pauses that no longer affect any age are removed. No I/O, no clock. Not thread-safe.
class PauseHistory {
public:
    using Duration = std::chrono::milliseconds;

    static constexpr std::size_t max_ended = 64;  // ended pauses that are kept; more are merged with their neighbours

    // `encoded`: what `encode` returned, or nothing. Text of an unknown version counts as nothing.
    explicit PauseHistory(Duration max_age, std::string_view encoded = {});

    std::string encode() const;

    // The destination is paused for this reason from now on. An ongoing pause changes its reason and goes on. True if
    // it was not paused before.
    bool begin(PauseReason reason, std::string message, WallTime now);
    // The destination is not paused any more. True if it was.
    bool end(WallTime now);

    // The ongoing pause. After a restart the last one goes on, as no response has ended it.
    const std::optional<Pause>& ongoing() const noexcept { return ongoing_; }

    // How long an event has waited since `received`, without pauses. Never negative.
    Duration age(WallTime received, WallTime now) const;

private:
    struct Interval {
        WallTime begin;
        WallTime end;
    };

    bool read(std::string_view encoded);
    void forget(WallTime now);

    Duration max_age_;
    std::vector<Interval> ended_;  // oldest first; they do not overlap
    std::optional<Pause> ongoing_;
};

}  // namespace pintle::delivery
