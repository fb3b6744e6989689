#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::journal {

// The encoding of the journal's values: numbers as varints (LEB128), texts with a length before them.
void put_varint(std::string& out, std::uint64_t number);
void put_text(std::string& out, std::string_view text);

// Read from the front of `in` and advance it. Return nothing if the value is cut off or too long; `in` is then
// undefined.
std::optional<std::uint64_t> get_varint(std::string_view& in);
std::optional<std::string_view> get_text(std::string_view& in);

}  // namespace pintle::journal
