#pragma once

#include <string_view>

namespace pintle::json {

// Whether `text` is exactly one JSON number.
bool is_json_number(std::string_view text) noexcept;

// Whether all escapes in the inside of a JSON string are valid.
bool has_valid_escapes(std::string_view escaped) noexcept;

// Unescapes the inside of a JSON string to `out`, which must have room for escaped.size() bytes. Returns the end, or
// nullptr if an escape is invalid. A lone surrogate, which JSON's grammar allows and UTF-8 cannot encode, becomes
// U+FFFD.
char* unescape(std::string_view escaped, char* out) noexcept;

}  // namespace pintle::json
