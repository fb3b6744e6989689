#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/record/record.hpp"

namespace pintle::schedule {

// When a destination was held, in wall time: what does not count against an event's age. Small, so that it can be kept
// as text across restarts; what can no longer matter is forgotten. Pure. Not thread-safe.
class HoldHistory {
public:
    using Duration = std::chrono::milliseconds;

    struct Hold {
        WallTime since;
        std::string reason;
    };

    static constexpr std::size_t max_kept = 64;  // holds that are over; more become one with their neighbours

    // `kept`: what `encode` gave, or nothing. A text of a version that is not known here counts as nothing.
    explicit HoldHistory(Duration max_age, std::string_view kept = {});

    std::string encode() const;

    // The destination is held, or still is, then for this reason. True if that is news: it was not held before.
    bool begin(std::string reason, WallTime now);
    // It is not. True if that is news.
    bool end(WallTime now);

    // The hold that goes on; after a restart the last one does until an answer ends it, as nobody was there to ask.
    const std::optional<Hold>& ongoing() const noexcept { return ongoing_; }

    // How long an event has waited that was received then, holds aside. Never negative.
    Duration age(WallTime received, WallTime now) const;

private:
    struct Interval {
        WallTime begin;
        WallTime end;
    };

    bool read(std::string_view kept);
    void forget(WallTime now);

    Duration max_age_;
    std::vector<Interval> over_;  // oldest first; they do not overlap
    std::optional<Hold> ongoing_;
};

}  // namespace pintle::schedule
