#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pintle/base/ascii.hpp"
#include "pintle/json/node.hpp"

namespace pintle::json {

// The input of a TreeBuilder: the offsets of the text's tokens from `base`, and room for the nodes and the unescaped
// strings. One more token follows the last: of the surrounding text, or a zero at its end. All brackets of a part of a
// text match, so that reading does not pass the last token.
struct ParseInput {
    const char* base;
    std::string_view text;
    const std::uint32_t* tokens;
    std::size_t token_count;
    Node* nodes;
    char* unescaped;
};

// Checks the grammar of a text and builds its tree in one pass over the tokens; the first node is the root.
class TreeBuilder {
public:
    TreeBuilder(const ParseInput& input, std::vector<Node*>& members);

    // The whole text must be one value, nested at most `levels` deep.
    bool read_document(std::size_t levels);
    bool too_deep() const noexcept { return too_deep_; }

private:
    using Token = std::uint32_t;

    // Each reads the value at a token and returns the token after it, or null if it is malformed. (The position is
    // passed as an argument: a member would have to be loaded again after each write to a node.)
    const Token* read_value(const char* text, Node& node, const Token* at, std::size_t levels);
    const Token* read_other(Node& node, const Token* at, std::size_t levels);
    const Token* read_object(Node& node, const Token* at, std::size_t levels);
    const Token* read_array(Node& node, const Token* at, std::size_t levels);
    const Token* close(Node& node, const char* start, const Token* at, char bracket) const noexcept;
    const Token* fail_too_deep() noexcept;

    bool read_name(Node& member, std::string_view quoted);
    bool unescape_if_escaped(std::string_view& text);
    void mark_duplicates(Node& object);

    // A token up to the next one, without the white space between them. What follows the closing quote of a string is a
    // new token, so the slice of a string ends with that quote.
    static std::string_view slice(const char* text, const Token* at) noexcept {
        return without_space_behind(text + at[0], text + at[1]);
    }

    const char* text_;
    const Token* begin_;
    const Token* end_;
    Node* free_;
    char* unescaped_;
    std::vector<Node*>& members_;
    bool has_escapes_;
    bool too_deep_ = false;
};

}  // namespace pintle::json
