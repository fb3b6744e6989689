#pragma once

#include <string>
#include <string_view>

// What a pause or a resume did, for people, from the API's response. All text is fit for a terminal.
namespace pintle::cli {

std::string paused_text(std::string_view response);
std::string resumed_text(std::string_view response);

}  // namespace pintle::cli
