#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text from outside, before it goes into a log line, to a terminal or into JSON.
namespace pintle::text {

// What a text begins with: a character, or a byte that belongs to none.
struct Character {
    char32_t code = 0;     // of a byte that is not UTF-8: that byte
    std::size_t size = 0;  // in bytes; 0 for an empty text
    bool is_utf8 = false;
};
Character first_character(std::string_view text) noexcept;

// Whether a character changes how the text around it is shown: U+0000 to U+001F, U+007F to U+009F, the line and
// paragraph separators, and the controls of writing direction.
bool is_control(char32_t code) noexcept;

bool is_utf8(std::string_view text) noexcept;
std::size_t length(std::string_view text) noexcept;  // in characters

// UTF-8 without control characters.
bool is_plain(std::string_view text) noexcept;

// Appends `text` with each control character as \n, \r, \t or \u001b and each byte that is not UTF-8 as \xff. `quotes`:
// quotes and backslashes as \" and \\ too, so that the text can stand between quotes and be read back.
enum class Quotes : bool { as_they_are, escaped };
void append_escaped(std::string_view text, Quotes quotes, std::string& out);
std::string escaped(std::string_view text);  // with quotes

// The same JSON without control characters but line feeds and tabs: within strings they become \u escapes. What is not
// UTF-8 becomes U+FFFD. A carriage return, which valid JSON has only between its parts, becomes a space.
std::string plain_json(std::string json);

}  // namespace pintle::text
