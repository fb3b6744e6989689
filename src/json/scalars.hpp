#pragma once

#include <string_view>

namespace pintle::json {

// Whether `text` is exactly one number of JSON's grammar.
bool is_json_number(std::string_view text) noexcept;

// Whether every escape in the inside of a JSON string is well-formed.
bool has_valid_escapes(std::string_view escaped) noexcept;

// Writes the characters that `escaped` (the inside of a JSON string) stands for to `out`, which must have room for
// escaped.size() bytes, and returns the end; nullptr if an escape is malformed. A lone surrogate, which JSON's grammar
// allows and UTF-8 cannot hold, becomes U+FFFD.
char* unescape(std::string_view escaped, char* out) noexcept;

}  // namespace pintle::json
