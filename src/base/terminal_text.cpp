#include "pintle/base/terminal_text.hpp"

#include "pintle/base/escape.hpp"

namespace pintle::text {
namespace {

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
}

}  // namespace

std::string shown(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto character = first_character(text);
        if (character.is_utf8 && !is_control(character.code)) {
            out += text.substr(0, character.size);
        } else {
            out += '?';
        }
        text.remove_prefix(character.size);
    }
    return out;
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) width += starts_character(c) ? 1 : 0;
    return width;
}

std::string cut_to(std::string_view text, std::size_t width) {
    if (width_of(text) <= width) return std::string(text);
    if (width == 0) return {};
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size(); ++end) {
        if (starts_character(text[end]) && ++characters == width) break;
    }
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace pintle::text
