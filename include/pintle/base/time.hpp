#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pintle {

// Wall-clock time in milliseconds.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// The current time. Only for code that does I/O: decisions get the time as an argument.
inline WallTime wall_now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

// Formats a time as 2026-11-24T02:45:00.123Z, for the years 0 to 9999.
class Iso8601 {
public:
    explicit Iso8601(WallTime time);
    std::string_view text() const noexcept { return {characters_.data(), characters_.size()}; }

private:
    void put(std::size_t place, unsigned width, std::int64_t number);

    std::array<char, 24> characters_;
};

inline std::string to_iso8601(WallTime time) {
    return std::string(Iso8601(time).text());
}

}  // namespace pintle
