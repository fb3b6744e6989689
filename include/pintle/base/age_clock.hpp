#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "pintle/base/time.hpp"

namespace pintle {

// The time by which events grow old. It is the wall clock's at first and goes on at the pace of the machine's own
// clock, suspended time included: a wall clock that is set forward or back makes nothing older or younger. A later
// process of the same boot goes on exactly. Over a reboot only the wall clock can tell how long it took: it is
// believed, less what it was ahead by when it was last looked at, but never to before the last time that was kept.
// Never changes; thread-safe.
class AgeClock {
public:
    using Duration = std::chrono::milliseconds;

    // What the machine's clocks say at one moment.
    struct Reading {
        std::string boot;     // differs from boot to boot; empty: not known
        Duration boottime{};  // since the boot
        WallTime wall;
    };

    // `kept`: what `keep` gave in an earlier process, or nothing.
    AgeClock(std::string_view kept, const Reading& now);

    WallTime at(Duration boottime) const noexcept { return WallTime(boottime + offset_); }
    WallTime now() const;  // on this machine

    // That time as the wall clock, as it goes now, has it; for people.
    WallTime by_wall(WallTime time) const;

    // How much the wall clock is ahead.
    Duration ahead(const Reading& now) const noexcept { return now.wall - at(now.boottime); }

    // One line of text, to be kept on disk: at the start, at the end, and once `ahead` has changed.
    std::string keep(const Reading& now) const;

private:
    Duration offset_;  // of its time from the boottime
};

// A wall clock that is steered deviates by less.
inline constexpr AgeClock::Duration tolerated_deviation{1000};

// What a record that is taken in now has to say of its age: nothing where the clocks agree.
inline WallTime age_start(WallTime age_now, WallTime wall) {
    return std::chrono::abs(age_now - wall) <= tolerated_deviation ? WallTime{} : age_now;
}

// The clocks of this machine.
AgeClock::Reading read_clocks();

}  // namespace pintle
