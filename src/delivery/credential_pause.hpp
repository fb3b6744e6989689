#pragma once

#include <optional>
#include <string>

#include "scheduler.hpp"

namespace pintle::delivery {

// Decides whether a destination rejects our credentials, rather than single records: then it is paused and probed. The
// first unauthorized responses are a suspicion, which a success ends.
class CredentialPause {
public:
    explicit CredentialPause(Duration probe_interval) : interval_(probe_interval) {}

    // A request was unauthorized. `counts`: it held a record that was not unauthorized before.
    void unauthorized(std::string message, bool counts, TimePoint now);

    // No request is in flight that may say more. Begins the pause if enough requests were unauthorized, or if there is
    // no other record to ask with: `untried` and `retries` say whether records are ready that never failed, or did.
    // True if it begins.
    bool decide(bool untried, bool retries, TimePoint now);

    // The destination was paused when the last process ended: it still is, and the first probe is due.
    void restore(std::string message, TimePoint now);

    // A probe did not end the pause. The next one is due an interval later, or when the response asked for it.
    void probed(TimePoint now, std::optional<Duration> asked);

    // Changes the interval. The next probe is due now.
    void reconfigure(Duration probe_interval, TimePoint now) {
        interval_ = probe_interval;
        probe_at_ = now;
    }

    // A request was delivered, or rejected for its content. Ends the pause or the suspicion.
    void end() {
        message_.reset();
        unauthorized_ = 0;
    }

    bool paused() const noexcept { return message_.has_value(); }
    bool suspects() const noexcept { return unauthorized_ != 0 && !paused(); }
    bool sure() const noexcept { return unauthorized_ >= enough; }
    const std::optional<std::string>& message() const noexcept { return message_; }  // while it is paused

    // When the next probe is due while it is paused. Until enough requests were unauthorized, a record that never was
    // is sent at once.
    TimePoint probe_at(bool untried) const noexcept { return untried && !sure() ? TimePoint{} : probe_at_; }

private:
    static constexpr int enough = 3;  // requests

    Duration interval_;
    int unauthorized_ = 0;  // requests since the last success
    TimePoint since_;       // the first of them
    std::string latest_message_;
    std::optional<std::string> message_;
    TimePoint probe_at_;
};

}  // namespace pintle::delivery
