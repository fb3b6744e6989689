#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintle::docs {

inline constexpr std::size_t page_width = 120;

// The words of `text` in lines of at most `width` characters.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// a, b and c
std::string listed(const std::vector<std::string>& all);

}  // namespace pintle::docs
