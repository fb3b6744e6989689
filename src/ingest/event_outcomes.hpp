#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pintle/base/reason.hpp"

namespace pintle::ingest {

// What becomes of each event of a request, for a sender that asks with `?outcomes=true`. Where the destinations of a
// source differ, a dead letter counts before a delivery, and a delivery before a drop.
class EventOutcomes {
public:
    enum class Kind : std::uint8_t { none, dropped, accepted, dead_letter };

    // Begins to keep outcomes; before that, `note` does nothing.
    void track(std::size_t events) { events_.resize(events); }
    bool tracked() const noexcept { return !events_.empty(); }

    // `reason`: of a drop or a dead letter.
    void note(std::size_t event, Kind kind, Reason reason = Reason::unknown);

    // {"accepted":2,"dropped":{"duplicate":[3]},"dead_letters":{}}: the indexes of events by reason.
    std::string json() const;

private:
    struct Outcome {
        Kind kind = Kind::none;
        Reason reason = Reason::unknown;
    };

    std::vector<Outcome> events_;
};

}  // namespace pintle::ingest
