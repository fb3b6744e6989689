#include "importer/sha256.hpp"

#include "pintle/mapping/sha256.hpp"

namespace pintle::importer {

std::string sha256(std::string_view text) {
    const auto digest = mapping::sha256({text});
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

}  // namespace pintle::importer
