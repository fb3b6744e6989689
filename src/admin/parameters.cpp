#include "parameters.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "pintle/base/escape.hpp"
#include "pintle/http/server/query.hpp"

namespace pintle::admin {

Parameter text(std::string_view name, std::string& out) {
    return {name, [&out](std::string value) -> std::optional<std::string> {
                out = std::move(value);
                return std::nullopt;
            }};
}

Parameter flag(std::string_view name, bool& out) {
    return {name, [&out](const std::string& value) -> std::optional<std::string> {
                out = value == "true";
                return out ? std::nullopt : std::optional<std::string>("only true is allowed");
            }};
}

Parameter limit(std::size_t& out) {
    return {"limit", [&out](const std::string& value) -> std::optional<std::string> {
                const char* const last = value.data() + value.size();
                const auto [end, error] = std::from_chars(value.data(), last, out);
                if (error == std::errc{} && end == last && out > 0 && out <= max_limit) return std::nullopt;
                return "must be from 1 to 1000";
            }};
}

std::optional<ApiError> read_parameters(std::string_view query, const std::vector<Parameter>& known) {
    auto pairs = http::query_parameters(query);
    if (!pairs) return ApiError{400, "the percent-encoding of the query is invalid"};
    for (auto& [name, value] : *pairs) {
        if (value.empty()) return ApiError{400, name + ": is empty"};
        if (!text::is_utf8(name) || !text::is_utf8(value)) return ApiError{400, name + ": is not UTF-8"};
        const auto parameter = std::ranges::find(known, name, &Parameter::name);
        if (parameter == known.end()) {
            std::string names;
            for (const auto& each : known) names.append(names.empty() ? "" : ", ").append(each.name);
            return ApiError{400, name + ": unknown parameter; allowed: " + (names.empty() ? "none" : names)};
        }
        if (const auto wrong = parameter->take(std::move(value))) return ApiError{400, name + ": " + *wrong};
    }
    return std::nullopt;
}

}  // namespace pintle::admin
