#pragma once

#include <string>
#include <string_view>

#include "pintle/json/raw_text.hpp"

// JSON text for a terminal, unchanged down to the digits of its numbers. The text must be valid.
namespace pintle::cli {

using json::member_of;
using json::members_of;
using json::text_of;

// A member for a terminal: the characters of a string, or other JSON unchanged; "-" where it is missing or null.
std::string shown_member(std::string_view object, std::string_view name);

// One line per member, indented by two spaces per level from `indent`.
std::string indented(std::string_view text, std::size_t indent);

}  // namespace pintle::cli
