#pragma once

#include "pintle/record/record.hpp"

namespace pintle {

// Now, for those who do I/O; decisions are told the time.
inline WallTime wall_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace pintle
