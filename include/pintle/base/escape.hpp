#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Makes text from outside safe for log lines, terminals and JSON.
namespace pintle::text {

// The first character of a text, or a byte that is not part of one.
struct Character {
    char32_t code = 0;     // for a byte that is not UTF-8: the byte
    std::size_t size = 0;  // in bytes; 0 for an empty text
    bool is_utf8 = false;
};
Character first_character(std::string_view text) noexcept;

// Whether a character changes how the text around it is displayed: U+0000 to U+001F, U+007F to U+009F, the line and
// paragraph separators, and the controls of writing direction.
bool is_control(char32_t code) noexcept;

bool is_utf8(std::string_view text) noexcept;
std::size_t length(std::string_view text) noexcept;  // in characters

// UTF-8 without control characters.
bool is_plain(std::string_view text) noexcept;

// Appends `text` with control characters as \n, \r, \t or \u001b and bytes that are not UTF-8 as \xff. With `quotes`,
// also quotes and backslashes as \" and \\, so that the text can be quoted and read back.
enum class Quotes : bool { as_they_are, escaped };
void append_escaped(std::string_view text, Quotes quotes, std::string& out);
std::string escaped(std::string_view text);  // with quotes

// Removes control characters except line feeds and tabs from JSON: in strings they become \u escapes. Bytes that are
// not UTF-8 become U+FFFD. A carriage return, which valid JSON has only between tokens, becomes a space.
std::string plain_json(std::string json);

}  // namespace pintle::text
