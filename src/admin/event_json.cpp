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

std::string to_json(const events::EventRecord& record, bool redact) {
    Extended line({
        {"seq", record.number},
        {"time", time_of(record.time)},
        {"id", to_hex(record.message_id)},
        {"outcome", events::outcomes.at(static_cast<std::size_t>(record.outcome))},
        {"source", record.source},
        {"destination", record.destination},
        {"type", record.type},
        {"user", shown_user(record.user, redact)},
        {"name", record.name},
        {"reason", code(record.reason)},
        {"message", redact ? redact_message(record.reason, record.status, record.message) : record.message},
        {"attempts", record.attempts},
        {"letter", record.letter},
        {"received_at", time_of(record.received)},
    });
    line.add("event", event_text(record.event, redact));
    if (!record.method.empty()) {
        Extended request({{"method", record.method}, {"path", redact ? redact_path(record.path) : record.path}});
        request.add("body", as_written(redact ? redact_body(record.body) : record.body));
        line.add("request", std::move(request).text());
    }
    if (record.status != 0) {
        const bool hidden = redact && !record.response_body.empty();
        line.add("response",
                 dumped({{"status", record.status}, {"body", hidden ? std::string(redacted) : record.response_body}}));
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
