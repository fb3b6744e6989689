#include "mapping/percent_encoding.hpp"

#include <array>

namespace pintle::mapping {
namespace {

constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";

constexpr std::array<bool, 256> stays = [] {
    std::array<bool, 256> table{};
    for (const char c : unreserved) table[static_cast<unsigned char>(c)] = true;
    return table;
}();

}  // namespace

void percent_encode(std::string_view text, std::string& out) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (stays[byte]) {
            out += c;
        } else {
            out += '%';
            out += hex[byte >> 4U];
            out += hex[byte & 0xFU];
        }
    }
}

}  // namespace pintle::mapping
