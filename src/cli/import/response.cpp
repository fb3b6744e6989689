#include "import/response.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/base/http_message.hpp"
#include "pintle/base/reason.hpp"
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

// The member of that name: lists of indexes of events, by reason.
template <class Add>
bool read_events(const nlohmann::json& document, const char* name, std::size_t events, Add add) {
    const auto found = document.find(name);
    if (found == document.end() || !found->is_object()) return false;
    for (const auto& [reason, indexes] : found->items()) {
        if (!indexes.is_array()) return false;
        for (const auto& index : indexes) {
            const auto event = read_unsigned(index);
            if (!event || *event >= events) return false;
            add(static_cast<std::size_t>(*event), reason);
        }
    }
    return true;
}

// Nothing if the body does not tell what became of each of the events.
std::optional<Outcomes> read_outcomes(const std::string& body, std::size_t events) {
    const auto document = parse_json(body);
    if (!document.is_object() || !document.contains("accepted")) return std::nullopt;
    const auto accepted = read_unsigned(document["accepted"]);
    if (!accepted || *accepted > events) return std::nullopt;
    Outcomes outcomes;
    outcomes.accepted = static_cast<std::size_t>(*accepted);
    const bool read = read_events(document, "dropped", events,
                                  [&](std::size_t, const std::string& reason) {
                                      ++(reason == code(Reason::duplicate) ? outcomes.duplicates : outcomes.dropped);
                                  }) &&
                      read_events(document, "dead_letters", events, [&](std::size_t event, const std::string& reason) {
                          outcomes.dead_letters.push_back({event, reason});
                      });
    const auto sum = outcomes.accepted + outcomes.duplicates + outcomes.dropped + outcomes.dead_letters.size();
    if (!read || sum != events) return std::nullopt;
    std::ranges::sort(outcomes.dead_letters, {}, &Outcomes::DeadLetter::event);
    return outcomes;
}

}  // namespace

IngestResult read_response(const HttpResponse& response, std::size_t events, WallTime now) {
    IngestResult result{next_after(response.status), read_retry_after(response.retry_after, now), {}, {}, {}};
    if (result.next == NextStep::accepted) {
        auto outcomes = read_outcomes(response.body, events);
        if (!outcomes) return {NextStep::stop, {}, "the server did not respond like pintle", {}, {}};
        result.outcomes = std::move(*outcomes);
        return result;
    }
    if (response.status == 0) {
        result.reason = response.error;
        result.lasting_error = response.lasting_error;
        if (result.lasting_error != LastingError::none) result.next = NextStep::stop;
        return result;
    }
    const auto message = message_in(response.body);
    result.reason = std::to_string(response.status) + (message.empty() ? "" : ": " + message);
    // Another server's response: it would reject every event.
    if (response.status == 400 && message.empty()) result.next = NextStep::stop;
    return result;
}

}  // namespace pintle::cli::importer
