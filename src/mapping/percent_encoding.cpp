#include "mapping/percent_encoding.hpp"

#include <algorithm>
#include <array>

namespace pintle::mapping {
namespace {

constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";

constexpr std::array<bool, 256> stays = [] {
    std::array<bool, 256> table{};
    for (const char c : unreserved) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool stays_as_is(char c) {
    return stays[static_cast<unsigned char>(c)];
}

}  // namespace

void percent_encode(std::string_view text, std::string& out) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        const char* const other = std::find_if_not(at, end, stays_as_is);
        out.append(at, other);
        at = other;
        if (at == end) return;
        const auto byte = static_cast<unsigned char>(*at++);
        out += '%';
        out += hex[byte >> 4U];
        out += hex[byte & 0xFU];
    }
}

}  // namespace pintle::mapping
