#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Functions on JSON text that keep it unchanged, down to the digits of its numbers. The text must be valid.
namespace pintle::cli {

// The members of an object, their names without quotes but with their escapes; or the elements of an array, without
// names.
std::vector<std::pair<std::string_view, std::string_view>> members_of(std::string_view json);

// The value of the first member of that name; empty where there is none.
std::string_view member_of(std::string_view object, std::string_view name);

// The characters of a string; empty for anything else.
std::string text_of(std::string_view json);

// A member for a terminal: the characters of a string, or other JSON unchanged; "-" where it is missing or null.
std::string shown_member(std::string_view object, std::string_view name);

// One line per member, indented by two spaces per level from `indent`.
std::string indented(std::string_view json, std::size_t indent);

}  // namespace pintle::cli
