#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pintle::customerio {

// A decimal number as a time since the epoch: milliseconds where its absolute value is 1e11 or more, else seconds.
// Rounded down to milliseconds, without a detour through binary fractions. Nothing if it is no number, has less than 9
// digits before the point, or is out of reach.
std::optional<std::chrono::milliseconds> read_unix_time(std::string_view text);

}  // namespace pintle::customerio
