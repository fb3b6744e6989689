#include "unix_time.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "pintle/base/ascii.hpp"

namespace pintle::customerio {
namespace {

constexpr std::ptrdiff_t fewest_digits = 9;
constexpr std::int64_t least_milliseconds = 100'000'000'000;

std::string_view take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

bool skip(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

// A number without its sign: its digits, of which `whole` stand before the point (`whole` may lie outside of them).
struct Decimal {
    std::string_view digits;
    std::string_view more_digits;  // those that followed the point as it was written
    std::ptrdiff_t whole = 0;

    std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(digits.size() + more_digits.size()); }

    int digit(std::ptrdiff_t place) const {
        if (place < 0 || place >= size()) return 0;
        const auto at = static_cast<std::size_t>(place);
        return (at < digits.size() ? digits[at] : more_digits[at - digits.size()]) - '0';
    }

    // The digits before `end`, as an integer, if it is one of 64 bits.
    std::optional<std::int64_t> integer(std::ptrdiff_t end) const {
        std::int64_t value = 0;
        for (std::ptrdiff_t place = 0; place < end; ++place) {
            if (value == 0 && place >= size()) break;  // 0e2000000000: zeros without end
            if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit(place), &value)) {
                return std::nullopt;
            }
        }
        return value;
    }

    bool has_rest(std::ptrdiff_t start) const {
        for (std::ptrdiff_t place = start; place < size(); ++place) {
            if (digit(place) != 0) return true;
        }
        return false;
    }
};

std::optional<Decimal> read_decimal(std::string_view text) {
    Decimal decimal;
    decimal.digits = take_digits(text);
    if (decimal.digits.empty()) return std::nullopt;
    if (skip(text, '.')) {
        decimal.more_digits = take_digits(text);
        if (decimal.more_digits.empty()) return std::nullopt;
    }
    int exponent = 0;
    if (skip(text, 'e') || skip(text, 'E')) {
        skip(text, '+');
        const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
        if (read.ec != std::errc{}) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    }
    if (!text.empty()) return std::nullopt;
    decimal.whole = static_cast<std::ptrdiff_t>(decimal.digits.size()) + exponent;
    return decimal;
}

}  // namespace

std::optional<std::chrono::milliseconds> read_unix_time(std::string_view text) {
    const bool negative = skip(text, '-');
    const auto decimal = read_decimal(text);
    if (!decimal || decimal->whole < fewest_digits) return std::nullopt;
    std::ptrdiff_t end = decimal->whole;
    auto milliseconds = decimal->integer(end);
    if (milliseconds && *milliseconds < least_milliseconds) {
        end += 3;
        milliseconds = decimal->integer(end);
    }
    if (!milliseconds) return std::nullopt;
    if (negative) *milliseconds = -*milliseconds - (decimal->has_rest(end) ? 1 : 0);
    return std::chrono::milliseconds(*milliseconds);
}

}  // namespace pintle::customerio
