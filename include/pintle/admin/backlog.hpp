#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pintle/admin/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::admin {

// Which waiting events are meant: those that every field that is not empty fits.
struct WaitingQuery {
    std::string destination;  // may be left out where there is one
    std::string user;         // user id, email or anonymous id

    std::string after;      // `next` of the answer before
    std::size_t limit = 0;  // events an answer; 0: as many as is usual
};

// Events that are on disk and not yet delivered. Every answer is bounded, in events and in what is looked at. `next` is
// where the walk goes on; empty: it is done.
struct Waiting {
    struct Event {
        journal::Offset offset = 0;
        std::string source;
        std::string destination;
        WallTime received;
        std::string event;
    };
    std::vector<Event> events;
    std::string next;
};

}  // namespace pintle::admin
