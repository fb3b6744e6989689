#include "schedule/hold_gate.hpp"

#include <utility>

#include "pintle/schedule/backoff.hpp"

namespace pintle::schedule {

void HoldGate::refuse(std::string reason, TimePoint now) {
    if (!held()) probe_at_ = now + interval_;
    reason_ = std::move(reason);
}

void HoldGate::resume(std::string reason, TimePoint now) {
    probe_at_ = now;
    reason_ = std::move(reason);
}

void HoldGate::probed(TimePoint now, std::optional<Duration> asked) {
    probe_at_ = now + std::max(interval_, std::min(asked.value_or(Duration::zero()), Backoff::longest_asked));
}

}  // namespace pintle::schedule
