#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pintle::customerio {

// Reads a date, or a date and time separated by "T" or a space, with an optional fraction and time zone (default UTC),
// in ISO 8601's extended format. Rounds down to milliseconds since the epoch. Nothing if it is invalid.
std::optional<std::chrono::milliseconds> read_iso8601(std::string_view text);

}  // namespace pintle::customerio
