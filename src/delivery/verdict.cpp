#include "pintle/delivery/verdict.hpp"

#include <boost/beast/http/status.hpp>

#include "delivery/answer_text.hpp"

namespace pintle::delivery {
namespace {

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
    switch (read_items(answer.body)) {
        case Items::all_taken: return Fate::delivered;
        case Items::refused: return Fate::dead;
        case Items::unreadable: break;
    }
    return Fate::retry;
}

std::string status_line(int status) {
    const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
    std::string line = std::to_string(status);
    if (known != boost::beast::http::status::unknown) {
        line.append(" ").append(boost::beast::http::obsolete_reason(known));
    }
    return line;
}

std::string reason_of(const Answer& answer) {
    if (answer.status == 0) return answer.fault;
    std::string reason = status_line(answer.status);
    std::string text = answer.location.empty() ? error_text(answer.body) : "to " + printable(answer.location);
    if (!text.empty()) reason.append(": ").append(text);
    return reason;
}

}  // namespace

Verdict classify(const Answer& answer, WallTime now) {
    Verdict verdict;
    verdict.fate = answer.status == 207 ? fate_of_item(answer) : fate_of(answer);
    if (verdict.fate == Fate::delivered) return verdict;
    verdict.throttled = answer.status == 429;
    verdict.retry_after = read_retry_after(answer.retry_after, now);
    verdict.reason = reason_of(answer);
    return verdict;
}

}  // namespace pintle::delivery
