#include "pintle/customerio/event_filter.hpp"

#include <algorithm>

#include "pintle/customerio/values.hpp"

namespace pintle::customerio {

std::string_view event_name(EventType type, const json::Event& event) {
    switch (type) {
        case EventType::track: return event["event"].text();
        case EventType::page: return read_identifier(event["name"]).value_or("");
        case EventType::screen:
            for (const auto value : {event["event"], event["name"], event["properties"]["name"]}) {
                if (const auto name = read_identifier(value)) return *name;
            }
            return {};
        case EventType::identify:
        case EventType::group:
        case EventType::alias:
        case EventType::other: break;
    }
    return {};
}

bool EventPattern::matches(EventType of, std::string_view event) const noexcept {
    if (type && *type != of) return false;
    if (name.empty()) return true;
    if (!name.ends_with('*')) return event == name;
    const std::string_view prefix = std::string_view(name).substr(0, name.size() - 1);
    return !event.empty() && event.starts_with(prefix);
}

bool EventFilter::admits_any(const json::Event& event) const {
    const EventType type = find_event_type(event["type"].text());
    return admits(type, event_name(type, event));
}

bool EventFilter::admits(EventType type, std::string_view name) const {
    const auto matches = [&](const EventPattern& pattern) { return pattern.matches(type, name); };
    return (include_.empty() || std::ranges::any_of(include_, matches)) && std::ranges::none_of(exclude_, matches);
}

}  // namespace pintle::customerio
