#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/response.hpp"

namespace pintle::cli::importer {

enum class Next : std::uint8_t {
    go_on,   // the events are on the daemon's disk
    bisect,  // it does not take them: too large, or one of them is not to its liking
    again,   // not now
    give_up  // it will not take any
};

struct Judgement {
    Next next = Next::again;
    std::optional<std::chrono::milliseconds> retry_after;
    std::string reason;  // for people; empty with go_on
};

// What the ingest's answer means.
Judgement judge(const HttpResponse& answer, WallTime now);

}  // namespace pintle::cli::importer
