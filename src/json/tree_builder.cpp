#include "tree_builder.hpp"

#include <array>
#include <cstring>
#include <span>

#include "pintle/json/overridden.hpp"
#include "scalars.hpp"

namespace pintle::json {
namespace {

// Tells names that are new to an object from those that may have been there before, by a few bits of their hashes.
class NameFilter {
public:
    bool may_know(std::uint32_t hash) noexcept {
        std::uint64_t& word = bits_[hash / 64 % bits_.size()];
        const std::uint64_t bit = std::uint64_t{1} << hash % 64;
        const bool known = (word & bit) != 0;
        word |= bit;
        return known;
    }

private:
    std::array<std::uint64_t, 8> bits_{};
};

}  // namespace

TreeBuilder::TreeBuilder(const ParseInput& input, std::vector<Node*>& members)
    : text_(input.base),
      begin_(input.tokens),
      end_(input.tokens + input.token_count),
      free_(input.nodes),
      unescaped_(input.unescaped),
      members_(members),
      has_escapes_(std::memchr(input.text.data(), '\\', input.text.size()) != nullptr) {}

// Most tokens are names and strings, so these functions are inlined into the loops that read members and elements.
[[gnu::always_inline]] inline bool TreeBuilder::read_name(Node& member, std::string_view quoted) {
    std::string_view name = Node::inside(quoted);
    member.set_raw_key(name);
    if (has_escapes_) {
        if (!unescape_if_escaped(name)) return false;
        member.set_key(name);
    }
    member.key_hash = name_hash(name);
    return true;
}

[[gnu::always_inline]] inline const TreeBuilder::Token* TreeBuilder::read_value(const char* text, Node& node,
                                                                                const Token* at, std::size_t levels) {
    if (text[*at] != '"') return read_other(node, at, levels);
    const std::string_view quoted = slice(text, at);
    node.kind = Kind::string;
    node.set_raw(quoted);
    if (has_escapes_) {
        std::string_view inner = Node::inside(quoted);
        if (!unescape_if_escaped(inner)) return nullptr;
        node.set_text(inner);
    }
    return at + 1;
}

bool TreeBuilder::unescape_if_escaped(std::string_view& text) {
    if (std::memchr(text.data(), '\\', text.size()) == nullptr) return true;
    char* const end = unescape(text, unescaped_);
    if (end == nullptr) return false;
    text = {unescaped_, static_cast<std::size_t>(end - unescaped_)};
    unescaped_ = end;
    return true;
}

bool TreeBuilder::read_document(std::size_t levels) {
    Node& root = *free_++;
    root.reset();
    root.clear_name();
    root.next = nullptr;
    return read_value(text_, root, begin_, levels) == end_;
}

const TreeBuilder::Token* TreeBuilder::read_other(Node& node, const Token* at, std::size_t levels) {
    const char first = text_[*at];
    if (first == '{') return read_object(node, at, levels);
    if (first == '[') return read_array(node, at, levels);
    const std::string_view raw = slice(text_, at);
    node.set_raw(raw);
    bool valid = false;
    switch (first) {
        case 't':
            node.kind = Kind::boolean;
            valid = raw == "true";
            break;
        case 'f':
            node.kind = Kind::boolean;
            valid = raw == "false";
            break;
        case 'n':
            node.kind = Kind::null;
            valid = raw == "null";
            break;
        default:
            node.kind = Kind::number;
            valid = is_json_number(raw);
            break;
    }
    return valid ? at + 1 : nullptr;
}

const TreeBuilder::Token* TreeBuilder::read_object(Node& node, const Token* at, std::size_t levels) {
    if (levels == 0) return fail_too_deep();
    node.kind = Kind::object;
    const char* const text = text_;
    const char* const start = text + *at++;
    Node** link = &node.first;
    NameFilter names;
    bool may_repeat = false;
    bool below = false;  // a name is there twice
    if (text[*at] == '}') {
        ++at;
    } else {
        do {
            Node& member = *free_++;
            member.reset();
            *link = &member;
            link = &member.next;
            if (text[at[0]] != '"' || text[at[1]] != ':' || !read_name(member, slice(text, at))) return nullptr;
            at = read_value(text, member, at + 2, levels - 1);
            if (at == nullptr) return nullptr;
            may_repeat |= names.may_know(member.key_hash);
            below |= member.has_duplicates;
        } while (text[*at++] == ',');
    }
    *link = nullptr;
    node.has_duplicates = below;
    if (may_repeat) mark_duplicates(node);
    return close(node, start, at, '}');
}

const TreeBuilder::Token* TreeBuilder::read_array(Node& node, const Token* at, std::size_t levels) {
    if (levels == 0) return fail_too_deep();
    node.kind = Kind::array;
    const char* const text = text_;
    const char* const start = text + *at++;
    Node** link = &node.first;
    bool below = false;
    if (text[*at] == ']') {
        ++at;
    } else {
        do {
            Node& element = *free_++;
            element.reset();
            element.clear_name();
            *link = &element;
            link = &element.next;
            at = read_value(text, element, at, levels - 1);
            if (at == nullptr) return nullptr;
            below |= element.has_duplicates;
        } while (text[*at++] == ',');
    }
    *link = nullptr;
    node.has_duplicates = below;
    return close(node, start, at, ']');
}

// Before `at` stands the bracket that closes the node.
const TreeBuilder::Token* TreeBuilder::close(Node& node, const char* start, const Token* at,
                                             char bracket) const noexcept {
    const char* const last = text_ + at[-1];
    node.set_raw({start, static_cast<std::size_t>(last + 1 - start)});
    return *last == bracket ? at : nullptr;
}

const TreeBuilder::Token* TreeBuilder::fail_too_deep() noexcept {
    too_deep_ = true;
    return nullptr;
}

void TreeBuilder::mark_duplicates(Node& object) {
    members_.clear();
    for (Node* member = object.first; member != nullptr; member = member->next) members_.push_back(member);
    object.has_duplicates |= mark_overridden(std::span(members_), &Node::key);
}

}  // namespace pintle::json
