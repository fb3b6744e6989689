#pragma once

#include <optional>
#include <string>

#include "pintle/schedule/scheduler.hpp"

namespace pintle::schedule {

// Whether a destination refuses our credentials, rather than single records: why, and when it is probed. Refusals are a
// suspicion at first; a success ends it.
class HoldGate {
public:
    explicit HoldGate(Duration probe_interval) : interval_(probe_interval) {}

    // A request was refused. `counts`: it held a record that was not refused before.
    void refuse(std::string reason, bool counts, TimePoint now);

    // Nothing that may say more is under way. Begins the hold if enough requests were refused, or if no other record is
    // there to ask with: `untried` and `retries` say whether records are ready that never failed, or did. True if it
    // begins.
    bool decide(bool untried, bool retries, TimePoint now);

    // It was held before this process began: it still is, and the first probe is due.
    void resume(std::string reason, TimePoint now);

    // A probe came back without releasing it: the next one is an interval later, or when the answer asked for it.
    void probed(TimePoint now, std::optional<Duration> asked);

    // Another interval, from the next probe on, which is due now.
    void reconfigure(Duration probe_interval, TimePoint now) {
        interval_ = probe_interval;
        probe_at_ = now;
    }

    // A request was taken or judged: ends the hold, or the suspicion.
    void release() {
        reason_.reset();
        refusals_ = 0;
    }

    bool held() const noexcept { return reason_.has_value(); }
    bool suspects() const noexcept { return refusals_ != 0 && !held(); }
    bool sure() const noexcept { return refusals_ >= enough; }
    const std::optional<std::string>& reason() const noexcept { return reason_; }  // while it is held

    // While it is held, when the next probe goes. With a record that was never refused it goes at once until it is
    // sure.
    TimePoint probe_at(bool untried) const noexcept { return untried && !sure() ? TimePoint{} : probe_at_; }

private:
    static constexpr int enough = 3;  // requests

    Duration interval_;
    int refusals_ = 0;  // since the last success
    TimePoint since_;   // the first of them
    std::string latest_reason_;
    std::optional<std::string> reason_;
    TimePoint probe_at_;
};

}  // namespace pintle::schedule
