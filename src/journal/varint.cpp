#include "varint.hpp"

namespace pintle::journal {

void put_varint(std::string& out, std::uint64_t number) {
    while (number >= 0x80U) {
        out += static_cast<char>(static_cast<std::uint8_t>(number | 0x80U));
        number >>= 7U;
    }
    out += static_cast<char>(number);
}

void put_text(std::string& out, std::string_view text) {
    put_varint(out, text.size());
    out += text;
}

std::optional<std::uint64_t> get_varint(std::string_view& in) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(in.front());
        in.remove_prefix(1);
        if (shift == 63 && byte > 1) return std::nullopt;
        number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if ((byte & 0x80U) == 0) return number;
    }
    return std::nullopt;
}

std::optional<std::string_view> get_text(std::string_view& in) {
    const auto size = get_varint(in);
    if (!size || *size > in.size()) return std::nullopt;
    const auto text = in.substr(0, *size);
    in.remove_prefix(*size);
    return text;
}

}  // namespace pintle::journal
