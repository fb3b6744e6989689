#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "pintle/record/record.hpp"

namespace pintle::delivery {

// What came back for one request: an answer, or the fault that took its place.
struct Answer {
    int status = 0;           // 0: there was no whole answer, `fault` says why
    std::string body;         // the first 16 KB
    std::string retry_after;  // the header, as sent
    std::string location;     // the header, as sent
    std::string fault;        // for people: "connect to track.customer.io:443: connection refused"
};

enum class Fate : std::uint8_t {
    delivered,   // done with
    dead,        // will never be taken: to the dead letters
    retry,       // not now
    held,        // our credentials are refused: the destination is held
    redirected,  // asks for another host
};

struct Verdict {
    Fate fate = Fate::retry;
    std::optional<std::chrono::milliseconds> retry_after;  // what the answer asked for
    bool throttled = false;                                // 429: slow down
    std::string reason;  // for people, with the status or the fault; empty if delivered
};

// Customer.io's answers as its API documentation gives them. 207 (the answer to a batch of one) is delivered where its
// `errors` are empty. `now` is for a Retry-After that is a date.
Verdict classify(const Answer& answer, WallTime now);

// Seconds or an HTTP date; nothing if it is neither. Never negative.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view header, WallTime now);

}  // namespace pintle::delivery
