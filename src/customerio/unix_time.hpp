#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pintle::customerio {

// Reads a decimal number as a time since the epoch: milliseconds if its absolute value is 1e11 or more, else seconds.
// Rounds down to milliseconds, exactly. Nothing if it is not a number, has less than 9 digits before the point, or is
// out of range.
std::optional<std::chrono::milliseconds> read_unix_time(std::string_view text);

}  // namespace pintle::customerio
