#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"

namespace pintle::cli::importer {

enum class NextStep : std::uint8_t {
    accepted,  // the events are on the daemon's disk
    bisect,    // the request is too large, or one of its events is rejected
    retry,     // later
    stop       // no request will be accepted
};

struct IngestResult {
    NextStep next = NextStep::retry;
    std::optional<std::chrono::milliseconds> retry_after;
    std::string reason;  // for people; empty with `accepted`
};

// What ingest's response means.
IngestResult read_response(const HttpResponse& response, WallTime now);

}  // namespace pintle::cli::importer
