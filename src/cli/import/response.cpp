#include "import/response.hpp"

#include "pintle/base/http_message.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli::importer {
namespace {

// `{"msg": "..."}`, else nothing.
std::string message_in(const std::string& body) {
    const auto document = parse_json(body);
    if (!document.is_object() || !document.contains("msg") || !document["msg"].is_string()) return {};
    return text::shown(document["msg"].get<std::string>());
}

Next next_after(int status) {
    switch (status) {
        case 200: return Next::go_on;
        case 400:
        case 413: return Next::bisect;
        case 0:
        case 408:
        case 429: return Next::again;
        default: return status >= 500 ? Next::again : Next::give_up;
    }
}

}  // namespace

Judgement judge(const HttpResponse& answer, WallTime now) {
    Judgement judgement{next_after(answer.status), customerio::read_retry_after(answer.retry_after, now), {}};
    if (judgement.next == Next::go_on) {
        if (answer.body == "OK") return judgement;
        return {Next::give_up, {}, "what answers is no pintle"};
    }
    if (answer.status == 0) {
        judgement.reason = answer.error;
        return judgement;
    }
    const auto message = message_in(answer.body);
    judgement.reason = std::to_string(answer.status) + (message.empty() ? "" : ": " + message);
    // Somebody else's, who would refuse each event.
    if (answer.status == 400 && message.empty()) judgement.next = Next::give_up;
    return judgement;
}

}  // namespace pintle::cli::importer
