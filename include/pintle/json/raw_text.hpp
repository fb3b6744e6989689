#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Functions on JSON text that keep it unchanged, down to the digits of its numbers. The text must be valid.
namespace pintle::json {

// The members of an object, their names without quotes but with their escapes; or the elements of an array, without
// names.
std::vector<std::pair<std::string_view, std::string_view>> members_of(std::string_view json);

// The value of the first member of that name; empty where there is none.
std::string_view member_of(std::string_view object, std::string_view name);

// The text of the value without space around it and what follows it.
std::string_view first_value(std::string_view json);

// The characters of a string; empty for anything else.
std::string text_of(std::string_view json);

}  // namespace pintle::json
