#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pintle/base/http_message.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/base/time.hpp"

namespace pintle::customerio {

// What a response means for a record.
enum class Disposition : std::uint8_t {
    delivered,     // acked
    rejected,      // never accepted: a dead letter
    retry,         // not now
    unauthorized,  // our credentials are rejected: the destination is paused
    redirected,    // another host is named
};

struct DeliveryResult {
    Disposition disposition = Disposition::retry;
    std::optional<std::chrono::milliseconds> retry_after;  // what the answer asked for
    bool throttled = false;                                // 429: slow down
    Reason reason = Reason::unknown;  // why it was rejected or is retried; means nothing if delivered
    std::string message;              // the same for people, with the status or the fault; empty if delivered
};

// What an answer means for a batch of several items.
struct BatchResult {
    // The request as a whole was rejected, for which some item may be to blame: send the items again, in halves.
    bool bisect = false;
    DeliveryResult whole;  // what every item gets that is not in `rejected`

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
DeliveryResult classify(const HttpResponse& response, WallTime now);

// The same for a request of `items`. 207 names the rejected ones by `errors[].batch_index`; the rest is taken. Of a
// request of one `whole` is all there is.
BatchResult classify_batch(const HttpResponse& response, std::size_t items, WallTime now);

// Seconds or an HTTP date; nothing if it is neither. Never negative.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view header, WallTime now);

}  // namespace pintle::customerio
