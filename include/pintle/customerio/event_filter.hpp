#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

// The name by which a destination's filter knows an event: `event` of a track, `name` of a page, and of a screen what
// the mapping names it by. Empty for other types, and where there is none.
std::string_view event_name(EventType type, const json::Event& event);

// Some events, by type, name or both.
struct EventPattern {
    std::optional<EventType> type;  // nothing: any
    std::string name;               // exact, or a prefix that ends in `*`; empty: any

    bool matches(EventType of, std::string_view event) const noexcept;
    bool operator==(const EventPattern&) const = default;
};

// Which events a destination gets: those that match one of `include`, or all if it is empty, but none that match one of
// `exclude`. Thread-safe, as it does not change.
class EventFilter {
public:
    EventFilter() = default;  // all
    EventFilter(std::vector<EventPattern> include, std::vector<EventPattern> exclude)
        : include_(std::move(include)), exclude_(std::move(exclude)) {}

    bool admits(const json::Event& event) const { return (include_.empty() && exclude_.empty()) || admits_any(event); }
    bool admits(EventType type, std::string_view name) const;

private:
    bool admits_any(const json::Event& event) const;

    std::vector<EventPattern> include_;
    std::vector<EventPattern> exclude_;
};

}  // namespace pintle::customerio
