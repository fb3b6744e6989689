#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pintle::customerio {

// A date, or a date and time with "T" or a space between, an optional fraction and an optional zone (else UTC), in ISO
// 8601's extended format. Rounded down to milliseconds since the epoch; nothing if a field is out of its range.
std::optional<std::chrono::milliseconds> read_iso8601(std::string_view text);

// The same for the forms that attributes have, so that other texts are not taken for dates: a date, or that with "T"
// and a time to the minute, second or fraction of a second (1 to 9 digits), which "Z", "+hh:mm" or "+hhmm" may follow.
// Rounded down to seconds.
std::optional<std::chrono::seconds> read_date(std::string_view text);

}  // namespace pintle::customerio
