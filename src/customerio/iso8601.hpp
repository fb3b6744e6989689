#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pintle::customerio {

// Reads a date, or a date and time separated by "T" or a space, with an optional fraction and time zone (default UTC),
// in ISO 8601's extended format. Rounds down to milliseconds since the epoch. Nothing if it is invalid.
std::optional<std::chrono::milliseconds> read_iso8601(std::string_view text);

// The same for the forms that attributes have, so that other texts are not taken for dates: a date, or that with "T"
// and a time to the minute, second or fraction of a second (1 to 9 digits), which "Z", "+hh:mm" or "+hhmm" may follow.
// Rounded down to seconds.
std::optional<std::chrono::seconds> read_date(std::string_view text);

}  // namespace pintle::customerio
