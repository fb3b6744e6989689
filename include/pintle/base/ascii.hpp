#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace pintle {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Whether `text` equals `lower`, which is in lower case, ignoring case.
constexpr bool is_in_any_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, to_lower);
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// JSON's white space, and nothing else below it.
constexpr bool is_space(char c) {
    return static_cast<unsigned char>(c) <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r');
}

// The text from `start` to `end`, without trailing white space.
constexpr std::string_view without_space_behind(const char* start, const char* end) {
    while (end > start && is_space(end[-1])) --end;
    return {start, static_cast<std::size_t>(end - start)};
}

}  // namespace pintle
