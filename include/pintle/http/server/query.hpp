#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pintle::http {

// The first parameter of that name in `a=1&b=2`, percent-decoded, with `+` as a space. Nothing if there is none or its
// encoding is invalid.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

// All parameters, in order. Nothing if an encoding is invalid.
std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query);

// A path segment, percent-decoded. Nothing if its encoding is invalid.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace pintle::http
