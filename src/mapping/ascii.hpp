#pragma once

#include <algorithm>
#include <string_view>

namespace pintle::mapping {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// Whether `text` is `lower`, which is in lower case, in any case.
constexpr bool is_in_any_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, {}, to_lower);
}

}  // namespace pintle::mapping
