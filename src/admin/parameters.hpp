#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/admin/result.hpp"

namespace pintle::admin {

inline constexpr std::size_t max_limit = 1000;

// A parameter of a route. `take` returns what is wrong with a value.
struct Parameter {
    std::string_view name;
    std::function<std::optional<std::string>(std::string value)> take;
};

Parameter text(std::string_view name, std::string& out);
Parameter flag(std::string_view name, bool& out);  // only true
Parameter limit(std::size_t& out);                 // 1 to max_limit

// Reads a request's query. Unknown and empty parameters are errors, so that a misspelled filter does not select more.
std::optional<ApiError> read_parameters(std::string_view query, const std::vector<Parameter>& known);

}  // namespace pintle::admin
