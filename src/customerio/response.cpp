#include "pintle/customerio/response.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/http/status.hpp>

#include "error_text.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/retry_after.hpp"
#include "pintle/base/time.hpp"

namespace pintle::customerio {
namespace {

// Bytes that are kept of one item's errors: a dead letter holds the message and the error.
constexpr std::size_t max_message = 1'000;
constexpr std::size_t max_item_error = 16'384;

Disposition disposition_of(const HttpResponse& response) {
    switch (response.status) {
        case 301:
        case 302:
        case 307:
        case 308: return response.location.empty() ? Disposition::retry : Disposition::redirected;
        case 401:
        case 403:
        case 407: return Disposition::unauthorized;  // 407: a proxy that wants credentials of its own
        case 408:
        case 421:
        case 425:
        case 429: return Disposition::retry;
        default: break;
    }
    if (response.status >= 200 && response.status < 300) return Disposition::delivered;
    if (response.status >= 400 && response.status < 500) return Disposition::rejected;
    return Disposition::retry;  // nothing that says the request itself is wrong
}

// A 207 lists what was wrong with each item of a batch; this batch had one.
Disposition disposition_of_item(const HttpResponse& response) {
    const auto errors = read_item_errors(response.body);
    if (!errors) return Disposition::retry;
    return errors->empty() ? Disposition::delivered : Disposition::rejected;
}

std::string status_line(int status) {
    const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
    std::string line = std::to_string(status);
    if (known != boost::beast::http::status::unknown) {
        line.append(" ").append(boost::beast::http::obsolete_reason(known));
    }
    return line;
}

std::string message_of(const HttpResponse& response) {
    if (response.status == 0) return response.error;
    std::string message = status_line(response.status);
    std::string text = response.location.empty() ? error_text(response.body) : "to " + printable(response.location);
    if (!text.empty()) message.append(": ").append(text);
    return message;
}

// Appends `text` where there is room for all of it.
void add_within(std::string& to, std::size_t most, std::string_view separator, std::string_view text) {
    if (to.size() + separator.size() + text.size() <= most) to.append(separator).append(text);
}

// The errors of one item become one rejection, and those that name no item of this batch are counted in
// `unattributed_errors`.
std::vector<BatchResult::Rejected> by_item(std::vector<ItemError> errors, std::size_t items,
                                           std::size_t& unattributed_errors) {
    std::vector<BatchResult::Rejected> rejected;
    std::ranges::stable_sort(errors, {}, &ItemError::index);
    for (ItemError& error : errors) {
        if (!error.index || *error.index >= items) {
            ++unattributed_errors;
            continue;
        }
        if (rejected.empty() || rejected.back().index != *error.index) {
            rejected.push_back({*error.index, status_line(207) + ": " + error.reason, std::move(error.json)});
            continue;
        }
        add_within(rejected.back().message, max_message, "; ", error.reason);
        add_within(rejected.back().error, max_item_error, ",", error.json);
    }
    return rejected;
}

BatchResult classify_items(const HttpResponse& response, std::size_t items) {
    BatchResult result;
    auto errors = read_item_errors(response.body);
    if (!errors) {
        result.whole.reason = retry_cause_of(response.status);
        result.whole.message = message_of(response);
        return result;
    }
    std::size_t unattributed_errors = 0;
    result.rejected = by_item(std::move(*errors), items, unattributed_errors);
    // An error that names no item: bisection finds the item. The items that are sent again for that are upserts or
    // carry their dedupe ids.
    result.bisect = unattributed_errors != 0;
    if (result.bisect) result.rejected.clear();
    result.whole.disposition = Disposition::delivered;
    return result;
}

}  // namespace

DeliveryResult classify(const HttpResponse& response, WallTime now) {
    DeliveryResult result;
    result.disposition = response.status == 207 ? disposition_of_item(response) : disposition_of(response);
    if (result.disposition == Disposition::delivered) return result;
    result.throttled = response.status == 429;
    result.retry_after = read_retry_after(response.retry_after, now);
    result.reason =
        result.disposition == Disposition::rejected ? rejection_of(response.status) : retry_cause_of(response.status);
    result.message = message_of(response);
    return result;
}

BatchResult classify_batch(const HttpResponse& response, std::size_t items, WallTime now) {
    if (response.status == 207 && items > 1) return classify_items(response, items);
    BatchResult result;
    result.whole = classify(response, now);
    result.bisect = result.whole.disposition == Disposition::rejected && items > 1;
    return result;
}

}  // namespace pintle::customerio
