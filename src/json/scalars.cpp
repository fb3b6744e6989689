#include "scalars.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "pintle/base/ascii.hpp"

namespace pintle::json {
namespace {

const char* skip_digits(const char* at, const char* end) {
    while (at != end && is_digit(*at)) ++at;
    return at;
}

std::optional<unsigned> hex_digit(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    const char lower = static_cast<char>(c | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}

// The code unit of the four hex digits at `at`.
std::optional<std::uint32_t> code_unit(const char* at, const char* end) {
    if (end - at < 4) return std::nullopt;
    std::uint32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
        const auto digit = hex_digit(at[i]);
        if (!digit) return std::nullopt;
        unit = unit << 4U | *digit;
    }
    return unit;
}

char* put_utf8(std::uint32_t point, char* out) {
    const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | point >> 6U);
        put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        put(0xE0 | point >> 12U);
        put(0x80 | (point >> 6U & 0x3F));
        put(0x80 | (point & 0x3F));
    } else {
        put(0xF0 | point >> 18U);
        put(0x80 | (point >> 12U & 0x3F));
        put(0x80 | (point >> 6U & 0x3F));
        put(0x80 | (point & 0x3F));
    }
    return out;
}

bool is_high_surrogate(std::uint32_t unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(std::uint32_t unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

// Decodes what follows "\u"; moves `at` behind it. False if the digits are malformed.
bool unescape_unicode(const char*& at, const char* end, char*& out) {
    constexpr std::uint32_t replacement = 0xFFFD;
    const auto unit = code_unit(at, end);
    if (!unit) return false;
    at += 4;
    std::uint32_t point = *unit;
    if (is_low_surrogate(point)) point = replacement;
    if (is_high_surrogate(point)) {
        point = replacement;
        if (end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
            const auto low = code_unit(at + 2, end);
            if (low && is_low_surrogate(*low)) {
                point = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
                at += 6;
            }
        }
    }
    out = put_utf8(point, out);
    return true;
}

// The character of a two-character escape, 0 if there is no such escape.
char unescape_simple(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/': return c;
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return 0;
    }
}

}  // namespace

bool is_json_number(std::string_view text) noexcept {
    const char* at = text.data();
    const char* const end = at + text.size();
    const auto digits = [&at, end] {
        const char* const start = at;
        at = skip_digits(at, end);
        return at != start;
    };
    if (at != end && *at == '-') ++at;
    if (at != end && *at == '0') {
        ++at;
    } else if (!digits()) {
        return false;
    }
    if (at != end && *at == '.') {
        ++at;
        if (!digits()) return false;
    }
    if (at != end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at != end && (*at == '+' || *at == '-')) ++at;
        if (!digits()) return false;
    }
    return at == end;
}

bool has_valid_escapes(std::string_view escaped) noexcept {
    const char* const end = escaped.data() + escaped.size();
    for (std::size_t at = escaped.find('\\'); at != std::string_view::npos; at = escaped.find('\\', at)) {
        if (escaped.size() - at < 2) return false;
        const char kind = escaped[at + 1];
        at += 2;
        if (kind == 'u') {
            if (!code_unit(escaped.data() + at, end)) return false;
            at += 4;
        } else if (unescape_simple(kind) == 0) {
            return false;
        }
    }
    return true;
}

char* unescape(std::string_view escaped, char* out) noexcept {
    const char* at = escaped.data();
    const char* const end = at + escaped.size();
    while (true) {
        const char* const backslash = std::find(at, end, '\\');
        out = std::copy(at, backslash, out);
        if (backslash == end) return out;
        if (end - backslash < 2) return nullptr;
        const char kind = backslash[1];
        at = backslash + 2;
        if (kind == 'u') {
            if (!unescape_unicode(at, end, out)) return nullptr;
        } else if (const char character = unescape_simple(kind); character != 0) {
            *out++ = character;
        } else {
            return nullptr;
        }
    }
}

}  // namespace pintle::json
