#include "document.hpp"

#include <algorithm>

#include "kept_memory.hpp"
#include "pintle/base/result.hpp"
#include "tree_builder.hpp"

namespace pintle::json {

void Document::make_room(std::size_t size) {
    const std::size_t wanted = capacity_for(size, unescaped_.size());
    if (wanted < unescaped_.size()) {
        nodes_ = {};
        members_ = {};
    }
    if (wanted != unescaped_.size()) unescaped_ = std::vector<char>(wanted);
}

Result<Node*> Document::parse(std::string_view text, std::size_t levels) {
    if (const auto wanted = capacity_for(text.size(), text_.capacity()); wanted < text_.capacity()) text_ = {};
    text_.assign(text);
    if (const auto found = tokens_.find(text_); !found) return found.error();
    return read(tokens_, tokens_.all(), levels);
}

Result<Node*> Document::read(const Tokens& tokens, TokenSpan span, std::size_t levels) {
    const std::string_view text = tokens.text(span);
    make_room(text.size());
    // A finished value has a token of its own and one that separates or ends it; unfinished is one on each level.
    const std::size_t count = span.end - span.begin;
    const std::size_t most_nodes = count / 2 + levels + 2;
    if (nodes_.size() < most_nodes) nodes_.resize(std::max(most_nodes, 2 * nodes_.size()));
    TreeBuilder builder({.base = tokens.base(),
                         .text = text,
                         .tokens = tokens.starts() + span.begin,
                         .token_count = count,
                         .nodes = nodes_.data(),
                         .unescaped = unescaped_.data()},
                        members_);
    if (builder.read_document(levels)) return nodes_.data();
    return builder.too_deep() ? Reason::nested_too_deep : Reason::invalid_json;
}

Node* Document::quote(std::string_view plain) {
    text_.clear();
    text_ += '"';
    text_ += plain;
    text_ += '"';
    if (nodes_.empty()) nodes_.resize(1);
    Node& node = nodes_.front();
    node.reset();
    node.kind = Kind::string;
    node.set_raw(text_);
    return &node;
}

}  // namespace pintle::json
