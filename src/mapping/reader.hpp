#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mapping/node.hpp"

namespace pintle::mapping {

// What a Reader works on: where its text's tokens begin, counted from `base`, and room for the nodes and the unescaped
// strings. Behind the last token stands one more: of the text that this one is a part of, or a zero at that one's end.
// Of a part all brackets are closed, so that no reading of it gets past the last token.
struct Material {
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
    Reader(const Material& material, std::vector<Node*>& members);

    // The whole text must be one value, with containers nested at most `levels` deep.
    bool read_document(std::size_t levels);
    bool too_deep() const noexcept { return too_deep_; }

private:
    bool read_value(Node& node, std::size_t levels);
    bool read_object(Node& node, std::size_t levels);
    bool read_array(Node& node, std::size_t levels);
    bool read_key(Node& member);
    bool read_string(Node& node);
    bool read_number(Node& node);
    bool read_atom(Node& node, std::string_view atom, Kind kind);
    bool refuse_depth() noexcept;
    Node& take_node() noexcept;
    bool close(Node& node, const char* start);
    bool unescape_into(std::string_view escaped, std::string_view& text);
    void mark_duplicates(Node& object);

    char current() const noexcept { return text_[*token_]; }
    std::string_view take_scalar() noexcept;

    const char* text_;
    const std::uint32_t* token_;
    const std::uint32_t* end_;
    Node* free_;
    char* unescaped_;
    std::vector<Node*>& members_;
    bool has_escapes_;
    bool too_deep_ = false;
};

}  // namespace pintle::mapping
