#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/telemetry/signal.hpp"

namespace pintle::telemetry {

inline constexpr const char* empty_batch = "{}";

HttpRequest export_request(Signal signal, std::string batch);

// What a response of the collector means for the batch that was sent.
struct ExportResult {
    enum class Kind : std::uint8_t {
        accepted,  // perhaps not all of it, see `message`
        retry,     // try again later
        rejected,  // will never be accepted
    };

    Kind kind = Kind::retry;
    std::optional<std::chrono::milliseconds> retry_after;  // as the response demands
    std::string message;  // why not, for people; of an accepted batch: what the collector left out or warns of
};

// Interprets a response by the rules of OTLP/HTTP. `now` is for a Retry-After that is a date.
ExportResult classify(const HttpResponse& response, WallTime now);

// How long to wait before the next attempt, after `failures` in a row, at least 1: `initial`, doubled with each, up to
// 30 s, of which jitter takes up to a half; and at least `asked`, a Retry-After. `jitter` is random in [0, 1).
std::chrono::milliseconds retry_wait(std::chrono::milliseconds initial, std::uint32_t failures, double jitter,
                                     std::optional<std::chrono::milliseconds> asked);

}  // namespace pintle::telemetry
