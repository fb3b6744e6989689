#include "import/response.hpp"

#include "pintle/base/http_message.hpp"
#include "pintle/base/retry_after.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli::importer {
namespace {

// The message in `{"msg": "..."}`; empty for any other body.
std::string message_in(const std::string& body) {
    const auto document = parse_json(body);
    if (!document.is_object() || !document.contains("msg") || !document["msg"].is_string()) return {};
    return text::shown(document["msg"].get<std::string>());
}

NextStep next_after(int status) {
    switch (status) {
        case 200: return NextStep::accepted;
        case 400:
        case 413: return NextStep::bisect;
        case 0:
        case 408:
        case 429: return NextStep::retry;
        default: return status >= 500 ? NextStep::retry : NextStep::stop;
    }
}

}  // namespace

IngestResult read_response(const HttpResponse& response, WallTime now) {
    IngestResult result{next_after(response.status), read_retry_after(response.retry_after, now), {}};
    if (result.next == NextStep::accepted) {
        if (response.body == "OK") return result;
        return {NextStep::stop, {}, "the server did not respond like pintle"};
    }
    if (response.status == 0) {
        result.reason = response.error;
        return result;
    }
    const auto message = message_in(response.body);
    result.reason = std::to_string(response.status) + (message.empty() ? "" : ": " + message);
    // Another server's response: it would reject every event.
    if (response.status == 400 && message.empty()) result.next = NextStep::stop;
    return result;
}

}  // namespace pintle::cli::importer
