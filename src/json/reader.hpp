#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "pintle/base/ascii.hpp"
#include "pintle/json/node.hpp"

namespace pintle::json {

// What a Reader works on: where its text's tokens begin, counted from `base`, and room for the nodes and the unescaped
// strings. Behind the last token stands one more: of the text that this one is a part of, or a zero at that one's end.
// Of a part all brackets are closed, so that no reading of it gets past the last token.
struct ParseInput {
    const char* base;
    std::string_view text;
    const std::uint32_t* tokens;
    std::size_t token_count;
    Node* nodes;
    char* unescaped;
};

// Walks the tokens of a text once, checks its grammar and builds its tree; the first node is the root.
class Reader {
public:
    Reader(const ParseInput& input, std::vector<Node*>& members);

    // The whole text must be one value, with containers nested at most `levels` deep.
    bool read_document(std::size_t levels);
    bool too_deep() const noexcept { return too_deep_; }

private:
    using Token = std::uint32_t;

    // Each reads what begins with a token and returns the token behind it; null where it is malformed. (The place goes
    // from hand to hand, as a member of this it would be loaded anew after each write to a node.)
    const Token* read_value(const char* text, Node& node, const Token* at, std::size_t levels);
    const Token* read_other(Node& node, const Token* at, std::size_t levels);
    const Token* read_object(Node& node, const Token* at, std::size_t levels);
    const Token* read_array(Node& node, const Token* at, std::size_t levels);
    const Token* close(Node& node, const char* start, const Token* at, char bracket) const noexcept;
    const Token* refuse_depth() noexcept;

    bool read_name(Node& member, std::string_view quoted);
    bool unescape_if_escaped(std::string_view& text);
    void mark_duplicates(Node& object);

    // A token up to the next one, without the space between them. What follows a string's closing quote starts a token
    // of its own, so a string's slice ends with that quote.
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
