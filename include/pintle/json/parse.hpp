#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "pintle/json/depth.hpp"

namespace pintle {

// Parses JSON from outside. The result is `is_discarded()` where `text` is invalid or nested too deeply; it throws
// nothing. nlohmann's own parser takes any depth, and the functions that walk its result (`dump`, copies, comparisons)
// recurse once a level.
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::size_t levels = max_json_document_depth) {
    if (is_nested_deeper(text, levels)) return Json(Json::value_t::discarded);
    return Json::parse(text, nullptr, false);
}

// The value of a whole number from 0 on that fits; nothing for anything else. nlohmann's `get` converts whatever is a
// number, which is undefined for one that does not fit.
template <class Json>
std::optional<std::uint64_t> read_unsigned(const Json& value) {
    if (!value.is_number_unsigned()) return std::nullopt;
    return value.template get<std::uint64_t>();
}

// Whether `text` can stand as a value in other JSON. nlohmann's parser passes over a byte order mark at the beginning,
// and takes a zero byte for the end.
inline bool accepts_json(std::string_view text, std::size_t levels = max_json_value_depth) {
    const bool is_plain = !text.starts_with("\xEF\xBB\xBF") && text.find('\0') == std::string_view::npos;
    return is_plain && !is_nested_deeper(text, levels) && nlohmann::json::accept(text);
}

}  // namespace pintle
