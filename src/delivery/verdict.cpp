#include "pintle/delivery/verdict.hpp"

#include <algorithm>
#include <utility>

#include <boost/beast/http/status.hpp>

#include "delivery/answer_text.hpp"

namespace pintle::delivery {
namespace {

// Of what is kept of one item's errors: a dead letter holds both.
constexpr std::size_t max_message = 1'000;
constexpr std::size_t max_item_error = 16'384;

Fate fate_of(const Answer& answer) {
    switch (answer.status) {
        case 301:
        case 302:
        case 307:
        case 308: return answer.location.empty() ? Fate::retry : Fate::redirected;
        case 401:
        case 403:
        case 407: return Fate::held;  // 407: a proxy that wants credentials of its own
        case 408:
        case 421:
        case 425:
        case 429: return Fate::retry;
        default: break;
    }
    if (answer.status >= 200 && answer.status < 300) return Fate::delivered;
    if (answer.status >= 400 && answer.status < 500) return Fate::dead;
    return Fate::retry;  // nothing that says the request itself is wrong
}

// 207 says for each item of a batch what was wrong with it; ours had one.
Fate fate_of_item(const Answer& answer) {
    const auto errors = read_item_errors(answer.body);
    if (!errors) return Fate::retry;
    return errors->empty() ? Fate::delivered : Fate::dead;
}

std::string status_line(int status) {
    const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
    std::string line = std::to_string(status);
    if (known != boost::beast::http::status::unknown) {
        line.append(" ").append(boost::beast::http::obsolete_reason(known));
    }
    return line;
}

std::string message_of(const Answer& answer) {
    if (answer.status == 0) return answer.fault;
    std::string message = status_line(answer.status);
    std::string text = answer.location.empty() ? error_text(answer.body) : "to " + printable(answer.location);
    if (!text.empty()) message.append(": ").append(text);
    return message;
}

// Appends `text` where there is room for all of it.
void add_within(std::string& to, std::size_t most, std::string_view separator, std::string_view text) {
    if (to.size() + separator.size() + text.size() <= most) to.append(separator).append(text);
}

// The errors of one item become one rejection, and those that name no item of this batch are counted in `strays`.
std::vector<BatchVerdict::Rejected> by_item(std::vector<ItemError> errors, std::size_t items, std::size_t& strays) {
    std::vector<BatchVerdict::Rejected> rejected;
    std::ranges::stable_sort(errors, {}, &ItemError::index);
    for (ItemError& error : errors) {
        if (!error.index || *error.index >= items) {
            ++strays;
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

BatchVerdict judge_items(const Answer& answer, std::size_t items) {
    BatchVerdict verdict;
    auto errors = read_item_errors(answer.body);
    if (!errors) {
        verdict.whole.reason = retry_cause_of(answer.status);
        verdict.whole.message = message_of(answer);
        return verdict;
    }
    std::size_t strays = 0;
    verdict.rejected = by_item(std::move(*errors), items, strays);
    // An error that names no item: in ever smaller batches it will be found out whose it is. What is sent twice for
    // that is an upsert, or carries its dedupe id.
    verdict.halve = strays != 0;
    if (verdict.halve) verdict.rejected.clear();
    verdict.whole.fate = Fate::delivered;
    return verdict;
}

}  // namespace

Verdict classify(const Answer& answer, WallTime now) {
    Verdict verdict;
    verdict.fate = answer.status == 207 ? fate_of_item(answer) : fate_of(answer);
    if (verdict.fate == Fate::delivered) return verdict;
    verdict.throttled = answer.status == 429;
    verdict.retry_after = read_retry_after(answer.retry_after, now);
    verdict.reason = verdict.fate == Fate::dead ? rejection_of(answer.status) : retry_cause_of(answer.status);
    verdict.message = message_of(answer);
    return verdict;
}

BatchVerdict classify_batch(const Answer& answer, std::size_t items, WallTime now) {
    if (answer.status == 207 && items > 1) return judge_items(answer, items);
    BatchVerdict verdict;
    verdict.whole = classify(answer, now);
    verdict.halve = verdict.whole.fate == Fate::dead && items > 1;
    return verdict;
}

}  // namespace pintle::delivery
