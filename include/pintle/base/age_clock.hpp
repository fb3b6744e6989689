#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "pintle/base/time.hpp"

namespace pintle {

// The clock for the age of events. It starts at the wall clock's time and then follows the boot-time clock, which
// includes suspended time: setting the wall clock does not change any age. A later process of the same boot continues
// exactly. Over a reboot only the wall clock knows how much time has passed: then the clock continues at the wall
// clock's time, minus how much that was ahead when it was last stored, but never before the last stored time.
// Immutable; thread-safe.
class AgeClock {
public:
    using Duration = std::chrono::milliseconds;

    // The times of the machine's clocks.
    struct Reading {
        std::string boot;     // identifies the boot; empty: unknown
        Duration boottime{};  // since the boot
        WallTime wall;
    };

    // `kept`: the result of `keep` in an earlier process, or nothing.
    AgeClock(std::string_view kept, const Reading& now);

    WallTime at(Duration boottime) const noexcept { return WallTime(boottime + offset_); }
    WallTime now() const;  // on this machine

    // Converts a time to the wall clock as it is set now; for people.
    WallTime by_wall(WallTime time) const;

    // How much the wall clock is ahead of this one.
    Duration ahead(const Reading& now) const noexcept { return now.wall - at(now.boottime); }

    // One line of text to store: at the start, at the end, and when `ahead` has changed.
    std::string keep(const Reading& now) const;

private:
    Duration offset_;  // between its time and the boot time
};

// A wall clock that NTP adjusts deviates less.
inline constexpr AgeClock::Duration tolerated_deviation{1000};

// The age start of a record that is appended now: none if the clocks agree.
inline WallTime age_start(WallTime age_now, WallTime wall) {
    return std::chrono::abs(age_now - wall) <= tolerated_deviation ? WallTime{} : age_now;
}

// The clocks of this machine.
AgeClock::Reading read_clocks();

}  // namespace pintle
