#pragma once

#include <cstddef>
#include <string_view>

namespace pintle {

// How many levels of arrays and objects JSON from outside may have; the outermost is the first. It bounds every parse
// and every recursion over parsed JSON, and with them the stack that an input can use.
inline constexpr std::size_t max_json_depth = 64;  // of an event

// Of what is made of an event, a request's body for example, and of a document that contains such a thing.
inline constexpr std::size_t max_json_value_depth = max_json_depth + 8;
inline constexpr std::size_t max_json_document_depth = max_json_value_depth + 8;

// Whether more than `levels` arrays and objects are open at once anywhere in `text`. Exact for valid JSON, and for
// invalid JSON up to the place where a parser stops. Takes linear time and no stack.
constexpr bool is_nested_deeper(std::string_view text, std::size_t levels) noexcept {
    std::size_t open = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\') ++at;
            }
        } else if (c == '{' || c == '[') {
            if (++open > levels) return true;
        } else if ((c == '}' || c == ']') && open > 0) {
            --open;
        }
    }
    return false;
}

}  // namespace pintle
