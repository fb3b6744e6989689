#include "schedule/hold_gate.hpp"

#include <algorithm>
#include <utility>

#include "pintle/schedule/backoff.hpp"

namespace pintle::schedule {

void HoldGate::refuse(std::string reason, bool counts, TimePoint now) {
    if (refusals_ == 0) since_ = now;
    if (counts && refusals_ < enough) ++refusals_;
    (held() ? *reason_ : latest_reason_) = std::move(reason);
}

bool HoldGate::decide(bool untried, bool retries, TimePoint now) {
    if (!suspects()) return false;
    // Retries that go on failing say nothing, and are not waited for without end.
    const bool nobody_else = !untried && (!retries || now >= since_ + interval_);
    if (!sure() && !nobody_else) return false;
    reason_ = std::move(latest_reason_);
    probe_at_ = now + interval_;
    return true;
}

void HoldGate::resume(std::string reason, TimePoint now) {
    refusals_ = enough;
    probe_at_ = now;
    reason_ = std::move(reason);
}

void HoldGate::probed(TimePoint now, std::optional<Duration> asked) {
    probe_at_ = now + std::max(interval_, std::min(asked.value_or(Duration::zero()), Backoff::longest_asked));
}

}  // namespace pintle::schedule
