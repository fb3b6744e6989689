#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pintle/json/depth.hpp"

namespace pintle {

// Parses JSON from outside. The result `is_discarded()` if `text` is invalid or nested too deeply. Throws nothing. The
// limit is necessary because nlohmann's parser accepts any depth, and functions such as `dump`, copies and comparisons
// recurse for each level.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::size_t levels = max_json_document_depth) {
    if (is_nested_deeper(text, levels)) return Json(Json::value_t::discarded);
    return Json::parse(text, nullptr, false);
}

// The value of an unsigned integer that fits; nothing for anything else. nlohmann's `get` converts any number, which is
// undefined behavior for one that does not fit.
template <class Json>
std::optional<std::uint64_t> read_unsigned(const Json& value) {
    if (!value.is_number_unsigned()) return std::nullopt;
    return value.template get<std::uint64_t>();
}

// Whether `text` can be inserted as a value into other JSON. nlohmann's parser skips a byte order mark at the beginning
// and stops at a zero byte.
inline bool accepts_json(std::string_view text, std::size_t levels = max_json_value_depth) {
    const bool is_plain = !text.starts_with("\xEF\xBB\xBF") && text.find('\0') == std::string_view::npos;
    return is_plain && !is_nested_deeper(text, levels) && nlohmann::json::accept(text);
}

}  // namespace pintle
