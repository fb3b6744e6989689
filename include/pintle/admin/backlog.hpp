#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pintle/admin/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// Selects events of a backlog: those that match every field that is not empty.
struct BacklogQuery {
    std::string destination;  // optional where there is only one
    std::string user;         // user id, email, anonymous id or previous id
    std::string message_id;

    std::string after;      // `next` of the previous result
    std::size_t limit = 0;  // events in a result; 0: the default
};

// Events on disk that are not delivered yet. A result is bounded in events and in records that are read; `next`
// continues the scan and is empty at its end.
struct BacklogEvents {
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

// What one step of a scan may cost.
struct BacklogScanBudget {
    std::size_t matches = 100;
    std::size_t records = 20'000;
    std::size_t bytes = 32UL << 20U;
};

// The events of one stream's backlog that match the query, after its `after`. They are named after the query's
// destination. Blocks for the disk; throws std::runtime_error where the disk fails.
ApiResult<BacklogEvents> find_backlog_events(const journal::Journal& journal, journal::Stream stream,
                                             const BacklogQuery& query, BacklogScanBudget budget);

// An event of a backlog as JSON text in one line, as the API and the command line show it. `redact` hides its values.
std::string to_json(const BacklogEvents::Event& event, bool redact);

}  // namespace pintle::admin
