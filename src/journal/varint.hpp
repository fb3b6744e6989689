#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::journal {

// Numbers of seven bits a byte, lowest first, and texts behind their length: what the journal's values are made of.
void put_varint(std::string& out, std::uint64_t number);
void put_text(std::string& out, std::string_view text);

// Take one off the front of `in`; nothing where it is cut off or too long, `in` is then in no defined place.
std::optional<std::uint64_t> take_varint(std::string_view& in);
std::optional<std::string_view> take_text(std::string_view& in);

}  // namespace pintle::journal
