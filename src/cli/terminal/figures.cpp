#include "terminal/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace pintle::cli::terminal {
namespace {

// Two significant digits for small numbers, else a whole number.
std::string rounded(double value) {
    std::array<char, 32> text{};
    const char* const format = value > 0 && value < 9.95 ? "%.1f" : "%.0f";
    const int length = std::snprintf(text.data(), text.size(), format, value);
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string two_units(std::uint64_t seconds, std::uint64_t large, char large_name, std::uint64_t small,
                      char small_name) {
    std::string out = std::to_string(seconds / large) + large_name;
    const auto rest = seconds % large / small;
    return rest == 0 ? out : out + std::to_string(rest) + small_name;
}

}  // namespace

std::string grouped(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

std::string counted(std::uint64_t count, const std::string& what) {
    return grouped(count) + " " + what + (count == 1 ? "" : "s");
}

std::string short_rate(double per_second) {
    if (per_second >= 9.95) return grouped(static_cast<std::uint64_t>(std::llround(per_second)));
    return rounded(per_second);
}

std::string short_size(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> units{"KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    double value = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; value >= 1023.5 && unit + 1 < units.size(); ++unit) value /= 1024;
    return rounded(value) + " " + std::string(units[unit]);
}

std::string short_duration(double seconds) {
    if (seconds <= 0) return "0 s";
    if (seconds < 0.0009995) return rounded(seconds * 1e6) + " µs";
    if (seconds < 0.9995) return rounded(seconds * 1e3) + " ms";
    if (seconds < 59.5) return rounded(seconds) + " s";
    const auto whole = static_cast<std::uint64_t>(std::min(std::round(seconds), 1e15));
    if (whole < 3'600) return two_units(whole, 60, 'm', 1, 's');
    if (whole < 86'400) return two_units(whole, 3'600, 'h', 60, 'm');
    return two_units(whole, 86'400, 'd', 3'600, 'h');
}

}  // namespace pintle::cli::terminal
