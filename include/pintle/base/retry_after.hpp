#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "pintle/base/time.hpp"

namespace pintle {

// The value of a Retry-After header: seconds or an HTTP date; nothing if it is neither. Never negative.
std::optional<std::chrono::milliseconds> read_retry_after(std::string_view header, WallTime now);

}  // namespace pintle
