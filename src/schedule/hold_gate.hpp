#pragma once

#include <optional>
#include <string>

#include "pintle/schedule/scheduler.hpp"

namespace pintle::schedule {

// A destination that refuses our credentials: why, and when it is probed.
class HoldGate {
public:
    explicit HoldGate(Duration probe_interval) : interval_(probe_interval) {}

    // A refusal: begins the hold, or says the reason anew.
    void refuse(std::string reason, TimePoint now);

    // It was held before this process began: it still is, and the first probe is due.
    void resume(std::string reason, TimePoint now);

    // A probe came back without releasing it: the next one is an interval later, or when the answer asked for it.
    void probed(TimePoint now, std::optional<Duration> asked);

    // Another interval, from the next probe on, which is due now.
    void reconfigure(Duration probe_interval, TimePoint now) {
        interval_ = probe_interval;
        probe_at_ = now;
    }

    void release() { reason_.reset(); }

    bool held() const noexcept { return reason_.has_value(); }
    const std::optional<std::string>& reason() const noexcept { return reason_; }
    TimePoint probe_at() const noexcept { return probe_at_; }  // while it is held

private:
    Duration interval_;
    std::optional<std::string> reason_;
    TimePoint probe_at_;
};

}  // namespace pintle::schedule
