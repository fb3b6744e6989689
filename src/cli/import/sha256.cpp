#include "import/sha256.hpp"

#include "pintle/base/sha256.hpp"

namespace pintle::cli::importer {

std::string sha256_hex(std::string_view text) {
    const auto digest = sha256({text});
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : digest) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 15U];
    }
    return hex;
}

}  // namespace pintle::cli::importer
