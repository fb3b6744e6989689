#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pintle::customerio {

// A date, or a date and time with "T" or a space between, an optional fraction and an optional zone (else UTC), in ISO
// 8601's extended format. Rounded down to milliseconds since the epoch; nothing if a field is out of its range.
std::optional<std::chrono::milliseconds> read_iso8601(std::string_view text);

}  // namespace pintle::customerio
