#pragma once

#include <cstdint>
#include <optional>

#include "pintle/schedule/backoff.hpp"
#include "pintle/schedule/scheduler.hpp"

namespace pintle::schedule {

// Whether it is the destination that fails, rather than single records: open when more than half of the latest 20
// attempts failed. While it is open one probe at a time goes out, with a back-off of its own, until one succeeds.
class Breaker {
public:
    explicit Breaker(Backoff backoff) : backoff_(backoff) {}

    // An attempt that was no probe. Nothing while it is open: such attempts were sent before.
    void succeeded();
    void failed(TimePoint now, double chance, std::optional<Duration> asked);

    void probe_failed(TimePoint now, double chance, std::optional<Duration> asked);
    void close();  // a probe succeeded

    // Another back-off, from the next probe on, which is due now.
    void reconfigure(Backoff backoff, TimePoint now) {
        backoff_ = backoff;
        probe_at_ = now;
    }

    bool open() const noexcept { return failures_ != 0; }
    TimePoint probe_at() const noexcept { return probe_at_; }  // while it is open

private:
    Backoff backoff_;
    std::uint32_t latest_ = 0;    // a bit an attempt, 1 where it failed, the newest lowest
    std::uint32_t failures_ = 0;  // in a row since it opened, the opening included
    TimePoint probe_at_;
};

}  // namespace pintle::schedule
