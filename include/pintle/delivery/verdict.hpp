#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pintle/base/reason.hpp"
#include "pintle/record/record.hpp"

namespace pintle::delivery {

// What came back for one request: an answer, or the fault that took its place.
struct Answer {
    int status = 0;           // 0: there was no whole answer, `fault` says why
    std::string body;         // the first 16 KB; of a 207, which speaks of each item, the first 512 KB
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
    Reason reason = Reason::unknown;  // why it was rejected or is retried; means nothing if delivered
    std::string message;              // the same for people, with the status or the fault; empty if delivered
};

// What an answer means for a batch of several items.
struct BatchVerdict {
    // The request as a whole was rejected, for which some item may be to blame: send the items again, in halves.
    bool halve = false;
    Verdict whole;  // what every item gets that is not in `rejected`

    // An item that was rejected by itself, for `Reason::rejected_207`.
    struct Rejected {
        std::size_t index = 0;  // in the batch; rising
        std::string message;    // for people
        std::string error;      // what the answer says of it, JSON
    };
    std::vector<Rejected> rejected;
};

// Customer.io's answers as its API documentation gives them. 207 (the answer to a batch of one) is delivered where its
// `errors` are empty. `now` is for a Retry-After that is a date.
Verdict classify(const Answer& answer, WallTime now);

// The same for a request of `items`. 207 names the rejected ones by `errors[].batch_index`; the rest is taken. Of a
// request of one `whole` is all there is.
BatchVerdict classify_batch(const Answer& answer, std::size_t items, WallTime now);

// Seconds or an HTTP date; nothing if it is neither. Never negative.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view header, WallTime now);

}  // namespace pintle::delivery
