#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "pintle/json/event.hpp"

namespace pintle::customerio {

// A point in time as events write it: ISO 8601, or a number or numeric string of 9 or more digits (milliseconds from
// 1e11 up, below it seconds). Rounded down to milliseconds since the epoch; nothing if it cannot be read.
std::optional<std::chrono::milliseconds> read_time(json::Value value);
std::optional<std::chrono::milliseconds> read_time(std::string_view text);  // of a string

// A value that can name a person or object: a non-empty string, or a number (as written). Nothing otherwise.
std::optional<std::string_view> read_identifier(json::Value value);

// JavaScript's truth: neither absent, null, false, "" nor a number equal to 0.
bool is_truthy(json::Value value);

// Whom an event is about, under each name that it gives, as mapping reads them; empty where there is none. Of events
// that cannot be mapped too.
struct Person {
    std::string_view user_id;
    std::string_view email;
    std::string_view anonymous_id;
};
Person read_person(const json::Event& event);

}  // namespace pintle::customerio
