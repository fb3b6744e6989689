#include "credential_pause.hpp"

#include <algorithm>
#include <utility>

#include "pintle/delivery/backoff.hpp"

namespace pintle::delivery {

void CredentialPause::unauthorized(std::string message, bool counts, TimePoint now) {
    if (unauthorized_ == 0) since_ = now;
    if (counts && unauthorized_ < enough) ++unauthorized_;
    (paused() ? *message_ : latest_message_) = std::move(message);
}

bool CredentialPause::decide(bool untried, bool retries, TimePoint now) {
    if (!suspects()) return false;
    // Retries may go on failing for other reasons: they are awaited for one interval only.
    const bool nobody_else = !untried && (!retries || now >= since_ + interval_);
    if (!sure() && !nobody_else) return false;
    message_ = std::move(latest_message_);
    probe_at_ = now + interval_;
    return true;
}

void CredentialPause::restore(std::string message, TimePoint now) {
    unauthorized_ = enough;
    probe_at_ = now;
    message_ = std::move(message);
}

void CredentialPause::probed(TimePoint now, std::optional<Duration> asked) {
    probe_at_ = now + std::max(interval_, std::min(asked.value_or(Duration::zero()), Backoff::longest_asked));
}

}  // namespace pintle::delivery
