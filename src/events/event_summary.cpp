#include <algorithm>

#include "pintle/customerio/values.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/json/event.hpp"

namespace pintle::events {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_letter(char a, char b) {
    return lower(a) == lower(b);
}

bool same(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, same_letter);
}

bool contains(std::string_view text, std::string_view part) {
    return !std::ranges::search(text, part, same_letter).empty() || part.empty();
}

// The name of a page or screen is beside its properties or in them.
std::string_view name_of(const json::Event& event) {
    for (const auto value : {event["event"], event["name"], event["properties"]["name"]}) {
        if (const auto text = value.text(); !text.empty()) return text;
    }
    return {};
}

}  // namespace

EventSummary summarize(std::string_view event) {
    EventSummary summary;
    thread_local json::Event parsed;  // reuses its buffers
    if (!event.starts_with('{') || !parsed.parse(event)) return summary;
    const auto person = customerio::read_person(parsed);
    summary.type = parsed["type"].text();
    summary.email = person.email;
    summary.anonymous = person.anonymous_id;
    summary.previous = person.previous_id;
    for (const auto name : {person.user_id, person.email, person.anonymous_id}) {
        if (summary.user.empty()) summary.user = name;
    }
    summary.name = name_of(parsed);
    summary.message_id = customerio::read_identifier(parsed["messageId"]).value_or("");
    return summary;
}

bool Filter::matches(const EventSummary& summary) const {
    if (!type.empty() && !same(type, summary.type)) return false;
    if (!message_id.empty() && message_id != summary.message_id) return false;
    if (!name.empty() && !contains(summary.name, name)) return false;
    return user.empty() || user == summary.user || user == summary.email || user == summary.anonymous ||
           user == summary.previous;
}

}  // namespace pintle::events
