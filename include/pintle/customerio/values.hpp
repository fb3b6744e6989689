#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "pintle/json/event.hpp"

namespace pintle::customerio {

// A time in an event: ISO 8601, or a number or numeric string of 9 or more digits (milliseconds from
// 1e11 up, below it seconds). Rounded down to milliseconds since the epoch; nothing if it cannot be read.
std::optional<std::chrono::milliseconds> read_time(json::Value value);
std::optional<std::chrono::milliseconds> read_time(std::string_view text);  // of a string

// The identifier of a person or object: a non-empty string, or a number as written. Nothing otherwise.
std::optional<std::string_view> read_identifier(json::Value value);

// Truthy as in JavaScript: not absent, null, false, "" or a number equal to 0.
bool is_truthy(json::Value value);

// The identifiers of an event's person, as the mapping reads them; empty if absent. Also for events that cannot be
// mapped.
struct Person {
    std::string_view user_id;
    std::string_view email;
    std::string_view anonymous_id;
    std::string_view previous_id;  // which an alias merges into the person
};
Person read_person(const json::Event& event);

}  // namespace pintle::customerio
