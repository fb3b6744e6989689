#pragma once

#include <chrono>
#include <cstddef>
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
    std::string by = {};  // who paused it: the name of an admin token, or an address; empty: it is not known

    bool operator==(const Pause&) const = default;
};

// When a destination was paused. That time does not count towards an event's age. Small, so that it can be stored as
// text across restarts; pauses that no longer affect any age are removed. No I/O, no clock. Not thread-safe.
class PauseHistory {
public:
    using Duration = std::chrono::milliseconds;

    static constexpr std::size_t max_ended = 64;  // ended pauses that are kept; more are merged with their neighbours

    // `encoded` and `ongoing`: what the functions of these names returned, or nothing. Text of an unknown version
    // counts as nothing.
    explicit PauseHistory(Duration max_age, std::string_view encoded = {}, std::string_view ongoing = {});

    // Of the ongoing pauses only the first, so that earlier versions of pintle can read it.
    std::string encode() const;
    // All ongoing pauses; empty: there is none.
    std::string encode_ongoing() const;

    // The destination is paused for this reason from now on. An ongoing pause of this reason takes the message and `by`
    // and goes on. True if there was none.
    bool begin(PauseReason reason, std::string message, WallTime now, std::string by = {});
    // The destination is not paused for this reason any more. True if it was.
    bool end(PauseReason reason, WallTime now);

    // The ongoing pauses, one for each reason: by an operator, for an unknown region, for the credentials. After a
    // restart they go on, as no response has ended them.
    const std::vector<Pause>& ongoing() const noexcept { return ongoing_; }
    const Pause* find(PauseReason reason) const noexcept;  // null: there is none

    // How long an event has waited since `received`, without pauses. Never negative.
    Duration age(WallTime received, WallTime now) const;

private:
    struct Interval {
        WallTime begin;
        WallTime end;
    };

    bool read(std::string_view encoded);
    void read_ongoing(std::string_view encoded);
    void insert(Pause pause);
    void forget(WallTime now);

    Duration max_age_;
    std::vector<Interval> ended_;  // oldest first; they do not overlap
    WallTime begin_;               // since when it is paused, for whatever reason
    std::vector<Pause> ongoing_;
};

}  // namespace pintle::delivery
