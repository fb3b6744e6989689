#include "pintle/json/writer.hpp"

#include <array>
#include <charconv>

#include "pintle/base/append_escaped.hpp"

namespace pintle::json {
namespace {

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void write_escape(char c, std::string& out) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "\\u00";
    out += hex[byte >> 4U];
    out += hex[byte & 0xFU];
}

}  // namespace

void write_string_inside(std::string_view text, std::string& out) {
    append_escaped(text, out, needs_escape, write_escape);
}

void write_string(std::string_view text, std::string& out) {
    out += '"';
    write_string_inside(text, out);
    out += '"';
}

void write_number(std::int64_t number, std::string& out) {
    std::array<char, 24> digits;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    out.append(digits.data(), written.ptr);
}

}  // namespace pintle::json
