#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text for people at a terminal.
namespace pintle::text {

// Control characters as `?` (text::is_control: those of writing direction too), and bytes that are not UTF-8: what
// comes from elsewhere stays in its line and cannot steer a terminal.
std::string shown(std::string_view text);

// In characters, of which each takes one place: what people use for names nearly always does.
std::size_t width_of(std::string_view text);

// At most `width` characters, the last of them `…` where there are more.
std::string cut_to(std::string_view text, std::size_t width);

}  // namespace pintle::text
