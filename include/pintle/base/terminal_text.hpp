#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text for people at a terminal.
namespace pintle::text {

// Replaces control characters (text::is_control, including those of writing direction) and bytes that are not UTF-8 by
// `?`, so that text from outside cannot control a terminal.
std::string shown(std::string_view text);

// In characters; each is assumed to be one column wide.
std::size_t width_of(std::string_view text);

// Truncates to `width` characters, with `…` as the last one.
std::string cut_to(std::string_view text, std::size_t width);

}  // namespace pintle::text
