#pragma once

#include <cstddef>
#include <string_view>

namespace pintle {

// The maximum nesting of arrays and objects in JSON from outside; the outermost is level 1. It bounds every parser and
// every recursion over parsed JSON, and so the stack that an input can use.
inline constexpr std::size_t max_json_depth = 64;  // of an event

// For what contains an event, such as a request's body, and for a document that contains that.
inline constexpr std::size_t max_json_value_depth = max_json_depth + 8;
inline constexpr std::size_t max_json_document_depth = max_json_value_depth + 8;

// Whether `text` nests arrays and objects more than `levels` deep. Exact for valid JSON, and for invalid JSON up to the
// error. Takes linear time and no stack.
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
