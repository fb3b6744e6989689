#include "pintle/base/escape.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace pintle::text {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

std::uint8_t byte_of(char c) noexcept {
    return static_cast<std::uint8_t>(c);
}

bool is_printable_ascii(char c) noexcept {
    return byte_of(c) >= 0x20 && byte_of(c) < 0x7f;
}

// The size of a character with this first byte; 0 if there is none.
std::size_t size_by(std::uint8_t first) noexcept {
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;
    if (first < 0xe0) return 2;
    if (first < 0xf0) return 3;
    return first < 0xf5 ? 4 : 0;
}

// The smallest code of each size, so that no character has two encodings.
constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};

void append_hex(char32_t code, unsigned width, std::string& out) {
    while (width > 0) out += digits[(code >> (4 * --width)) & 0xfU];
}

void append_unicode_escape(char32_t code, std::string& out) {
    out += "\\u";
    append_hex(code, 4, out);  // no control character is above U+FFFF
}

void append_escape(const Character& character, std::string& out) {
    if (!character.is_utf8) {
        out += "\\x";
        append_hex(character.code, 2, out);
        return;
    }
    switch (character.code) {
        case U'\n': out += "\\n"; break;
        case U'\r': out += "\\r"; break;
        case U'\t': out += "\\t"; break;
        default: append_unicode_escape(character.code, out);
    }
}

}  // namespace

Character first_character(std::string_view text) noexcept {
    if (text.empty()) return {};
    const auto first = byte_of(text.front());
    const Character no_character{first, 1, false};
    const auto size = size_by(first);
    if (size == 0 || size > text.size()) return no_character;
    if (size == 1) return {first, 1, true};
    char32_t code = first & (0x7fU >> size);
    for (const char c : text.substr(1, size - 1)) {
        if ((byte_of(c) & 0xc0U) != 0x80) return no_character;
        code = code << 6U | (byte_of(c) & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    if (code < smallest.at(size) || code > 0x10ffff || surrogate) return no_character;
    return {code, size, true};
}

bool is_control(char32_t code) noexcept {
    if (code < 0xa0) return code < 0x20 || code >= 0x7f;
    const bool direction = code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
                           (code >= 0x2066 && code <= 0x2069);
    return direction || code == 0x2028 || code == 0x2029;
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!character.is_utf8) return false;
        text.remove_prefix(character.size);
    }
    return true;
}

std::size_t length(std::string_view text) noexcept {
    std::size_t count = 0;
    for (; !text.empty(); ++count) text.remove_prefix(first_character(text).size);
    return count;
}

bool is_plain(std::string_view text) noexcept {
    while (!text.empty()) {
        if (is_printable_ascii(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        const auto character = first_character(text);
        if (!character.is_utf8 || is_control(character.code)) return false;
        text.remove_prefix(character.size);
    }
    return true;
}

void append_escaped(std::string_view text, Quotes quotes, std::string& out) {
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!character.is_utf8 || is_control(character.code)) {
            append_escape(character, out);
        } else {
            if (quotes == Quotes::escaped && (character.code == U'"' || character.code == U'\\')) out += '\\';
            out += text.substr(0, character.size);
        }
        text.remove_prefix(character.size);
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    append_escaped(text, Quotes::escaped, out);
    return out;
}

std::string plain_json(std::string json) {
    const auto is_fine = [](char c) { return is_printable_ascii(c) || c == '\n' || c == '\t'; };
    if (std::ranges::all_of(json, is_fine)) return json;
    std::string out;
    out.reserve(json.size() + 16);
    for (std::string_view left = json; !left.empty();) {
        const auto character = first_character(left);
        if (is_fine(left.front())) {
            out += left.front();
        } else if (left.front() == '\r') {
            out += ' ';
        } else if (!character.is_utf8) {
            out += "\xef\xbf\xbd";
        } else if (is_control(character.code)) {
            append_unicode_escape(character.code, out);
        } else {
            out += left.substr(0, character.size);
        }
        left.remove_prefix(character.size);
    }
    return out;
}

}  // namespace pintle::text
