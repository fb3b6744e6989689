#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"

namespace pintle::cli::importer {

enum class NextStep : std::uint8_t {
    accepted,  // each event is on the daemon's disk, or dropped
    bisect,    // the request is too large, or one of its events is rejected
    retry,     // later
    stop       // no request will be accepted
};

// What became of the events of a request.
struct Outcomes {
    struct DeadLetter {
        std::size_t event = 0;  // of the request
        std::string reason;     // its code
    };

    std::size_t accepted = 0;              // for delivery
    std::size_t duplicates = 0;            // dropped as repeats
    std::size_t dropped = 0;               // for other reasons
    std::vector<DeadLetter> dead_letters;  // by event
};

struct IngestResult {
    NextStep next = NextStep::retry;
    std::optional<std::chrono::milliseconds> retry_after;
    std::string reason;                               // for people; empty with `accepted`
    LastingError lasting_error = LastingError::none;  // of a transport error, with `stop`
    Outcomes outcomes;                                // with `accepted`
};

// What ingest's response to a request of `events` events with `?outcomes=true` means.
IngestResult read_response(const HttpResponse& response, std::size_t events, WallTime now);

}  // namespace pintle::cli::importer
