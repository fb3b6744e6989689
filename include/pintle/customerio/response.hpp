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
    rejected,      // will never be accepted: a dead letter
    retry,         // try again later
    unauthorized,  // the credentials are rejected: the destination is paused
    redirected,    // to another host
};

struct DeliveryResult {
    Disposition disposition = Disposition::retry;
    std::optional<std::chrono::milliseconds> retry_after;  // as the response demands
    bool throttled = false;                                // 429: slow down
    Reason reason = Reason::unknown;                       // why it was rejected or is retried; undefined if delivered
    std::string message;  // the same for people, with the status or transport error; empty if delivered
};

// What a response means for a batch of several items.
struct BatchResult {
    // The request as a whole was rejected, perhaps because of one item: bisect the batch.
    bool bisect = false;
    DeliveryResult whole;  // for every item that is not in `rejected`

    // An item that was rejected, with `Reason::rejected_207`.
    struct Rejected {
        std::size_t index = 0;  // in the batch; ascending
        std::string message;    // for people
        std::string error;      // its error in the response, JSON
    };
    std::vector<Rejected> rejected;
};

// Interprets a response according to Customer.io's API documentation. 207 (for a batch of one) means delivered if its
// `errors` are empty. `now` is for a Retry-After that is a date.
DeliveryResult classify(const HttpResponse& response, WallTime now);

// The same for a batch of `items`. 207 names the rejected ones in `errors[].batch_index`; the others are delivered. For
// one item only `whole` is used.
BatchResult classify_batch(const HttpResponse& response, std::size_t items, WallTime now);

}  // namespace pintle::customerio
