#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/consent_policy.hpp"
#include "pintle/customerio/event_filter.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::ingest {

// The settings of one destination that apply to an event.
struct ReplayPolicy {
    customerio::Options mapping;
    customerio::ConsentPolicy consent;
    customerio::EventFilter events;
    std::size_t max_event = 32'000;  // bytes
};

// Processes the event of a dead letter as if it had just arrived: enriches it (which changes nothing the second time),
// checks consent and the destination's filter, and maps it. No I/O; the time is passed in. Not thread-safe.
class Replayer {
public:
    explicit Replayer(ReplayPolicy policy);
    ~Replayer();
    Replayer(Replayer&&) noexcept;
    Replayer& operator=(Replayer&&) noexcept;

    // Overwrites `record` with the record to append, replayed at `now`, or returns why the event cannot be replayed.
    // Each replay of a letter gets the same messageId and times. `age_start` is the record's.
    Result<void> take(const journal::DeadLetter& letter, WallTime now, WallTime age_start, std::string& record);
    Result<void> take(const journal::DeadLetter& letter, WallTime now, std::string& record) {
        return take(letter, now, {}, record);
    }

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::ingest
