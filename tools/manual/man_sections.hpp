#pragma once

#include <string_view>

// What the manual page says beyond the commands and their options, in roff.
namespace pintle::manual {

extern const std::string_view description_section;
extern const std::string_view environment_section;  // its head
extern const std::string_view further_sections;

}  // namespace pintle::manual
