#include "event_json.hpp"

#include "json.hpp"
#include "pintle/base/hex.hpp"
#include "pintle/base/message_hash.hpp"
#include "redact.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

std::string shown_user(const std::string& user, bool redact) {
    return redact && !user.empty() ? std::string(redacted) : user;
}

std::string event_text(const std::string& event, bool redact) {
    return as_written(redact ? redact_event(event) : event);
}

}  // namespace

std::string to_json(const events::EventRecord& happening, bool redact) {
    Extended line({
        {"seq", happening.number},
        {"time", time_of(happening.time)},
        {"id", to_hex(happening.message_id)},
        {"outcome", events::outcomes.at(static_cast<std::size_t>(happening.outcome))},
        {"source", happening.source},
        {"destination", happening.destination},
        {"type", happening.type},
        {"user", shown_user(happening.user, redact)},
        {"name", happening.name},
        {"reason", code(happening.reason)},
        {"message", redact ? redact_message(happening.reason, happening.status, happening.message) : happening.message},
        {"attempts", happening.attempts},
        {"received_at", time_of(happening.received)},
    });
    line.add("event", event_text(happening.event, redact));
    if (!happening.method.empty()) {
        Extended request(
            {{"method", happening.method}, {"path", redact ? redact_path(happening.path) : happening.path}});
        request.add("body", as_written(redact ? redact_body(happening.body) : happening.body));
        line.add("request", std::move(request).text());
    }
    if (happening.status != 0) {
        const bool hidden = redact && !happening.answer.empty();
        line.add("response",
                 dumped({{"status", happening.status}, {"body", hidden ? std::string(redacted) : happening.answer}}));
    }
    return std::move(line).text();
}

std::string to_json(const BacklogEvents::Event& event, bool redact) {
    const auto summary = events::summarize(event.event);
    Extended line({
        {"destination", event.destination},
        {"offset", event.offset},
        {"received_at", time_of(event.received)},
        {"source", event.source},
        {"type", summary.type},
        {"user", shown_user(summary.user, redact)},
        {"name", summary.name},
    });
    line.add("event", event_text(event.event, redact));
    return std::move(line).text();
}

void append_frame(std::string_view name, std::string_view data, std::string& out) {
    out.append("event: ").append(name).append("\ndata: ").append(data).append("\n\n");
}

}  // namespace pintle::admin
