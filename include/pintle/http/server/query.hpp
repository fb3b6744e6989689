#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pintle::http {

// The first parameter of that name in `a=1&b=2`, percent-decoded, `+` as a space. Nothing where there is none or its
// encoding is broken; other parameters may be as broken as they like.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

// All of them in their order. Nothing where an encoding is broken.
std::optional<std::vector<std::pair<std::string, std::string>>> query_parameters(std::string_view query);

// A path segment, percent-decoded. Nothing where its encoding is broken.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace pintle::http
