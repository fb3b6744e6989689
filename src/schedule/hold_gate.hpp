#pragma once

#include <optional>
#include <string>

#include "pintle/schedule/scheduler.hpp"

namespace pintle::schedule {

// A destination that refuses our credentials: when it is probed, and how long it has been so.
class HoldGate {
public:
    explicit HoldGate(Duration probe_interval) : interval_(probe_interval) {}

    // A refusal: begins the hold, or says the reason anew.
    void refuse(std::string reason, TimePoint now);

    // A probe came back without releasing it: the next one is an interval later, or when the answer asked for it.
    void probed(TimePoint now, std::optional<Duration> asked);

    void release(TimePoint now);

    bool held() const noexcept { return hold_.has_value(); }
    const std::optional<Hold>& hold() const noexcept { return hold_; }
    TimePoint probe_at() const noexcept { return probe_at_; }  // while it is held

    // `now` on a clock that stands still while the destination is held.
    TimePoint outside(TimePoint now) const;

private:
    Duration interval_;
    std::optional<Hold> hold_;
    TimePoint probe_at_;
    TimePoint::duration earlier_{};  // all holds that are over
};

}  // namespace pintle::schedule
