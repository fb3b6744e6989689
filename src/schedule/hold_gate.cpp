#include "schedule/hold_gate.hpp"

#include <utility>

#include "schedule/backoff.hpp"

namespace pintle::schedule {

void HoldGate::refuse(std::string reason, TimePoint now) {
    if (!hold_) {
        hold_ = Hold{now, {}};
        probe_at_ = now + interval_;
    }
    hold_->reason = std::move(reason);
}

void HoldGate::probed(TimePoint now, std::optional<Duration> asked) {
    probe_at_ = now + std::max(interval_, std::min(asked.value_or(Duration::zero()), Backoff::longest_asked));
}

void HoldGate::release(TimePoint now) {
    if (!hold_) return;
    earlier_ += now - hold_->since;
    hold_.reset();
}

TimePoint HoldGate::outside(TimePoint now) const {
    return (hold_ ? hold_->since : now) - earlier_;
}

}  // namespace pintle::schedule
