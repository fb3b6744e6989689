#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/json/event.hpp"

namespace pintle::customerio {

// A text that is a date and nothing else: `YYYY-MM-DD`, or that with "T" and a time to the minute, second or fraction
// of a second (1 to 9 digits), which "Z", "+hh:mm" or "+hhmm" may follow. Fewer forms than an event's time has, so that
// other texts are not taken for dates. Rounded down.
std::optional<std::chrono::seconds> read_date(std::string_view text);

// As Value::write, but each string that is a date becomes its number of seconds since the epoch: the value itself, or
// in an object at any depth. What is in an array stays as it is.
void write_converted(json::Value value, std::string& out);

}  // namespace pintle::customerio
