#pragma once

#include <string>

#include "pintle/record/record.hpp"

namespace pintle {

// Now, for those who do I/O; decisions are told the time.
inline WallTime wall_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// 2026-11-24T02:45:00.123Z; of the years 0 to 9999.
std::string to_iso8601(WallTime time);

}  // namespace pintle
