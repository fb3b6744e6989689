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

// One that a route knows. `take` says what is wrong with a value.
struct Parameter {
    std::string_view name;
    std::function<std::optional<std::string>(std::string value)> take;
};

Parameter text(std::string_view name, std::string& out);
Parameter limit(std::size_t& out);  // 1 to max_limit

// Those of a request's query. An unknown one is a fault, and so is an empty one: a filter with a slip of the pen must
// not let more through.
std::optional<ApiError> read_parameters(std::string_view query, const std::vector<Parameter>& known);

}  // namespace pintle::admin
