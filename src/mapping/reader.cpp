#include "mapping/reader.hpp"

#include <array>
#include <cstring>
#include <span>

#include "mapping/ascii.hpp"
#include "mapping/scalars.hpp"
#include "mapping/shadowing.hpp"

namespace pintle::mapping {
namespace {

std::string_view inside(std::string_view quoted) {
    return {quoted.data() + 1, quoted.size() - 2};
}

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

Reader::Reader(const Material& material, std::vector<Node*>& members)
    : text_(material.base),
      token_(material.tokens),
      end_(material.tokens + material.token_count),
      free_(material.nodes),
      unescaped_(material.unescaped),
      members_(members),
      has_escapes_(std::memchr(material.text.data(), '\\', material.text.size()) != nullptr) {}

bool Reader::read_document(std::size_t levels) {
    Node& root = take_node();
    root.clear_name();
    return read_value(root, levels) && token_ == end_;
}

bool Reader::read_value(Node& node, std::size_t levels) {
    switch (current()) {
        case '"': return read_string(node);
        case '{': return read_object(node, levels);
        case '[': return read_array(node, levels);
        case 't': return read_atom(node, "true", Kind::boolean);
        case 'f': return read_atom(node, "false", Kind::boolean);
        case 'n': return read_atom(node, "null", Kind::null);
        default: return read_number(node);
    }
}

bool Reader::read_object(Node& node, std::size_t levels) {
    if (levels == 0) return refuse_depth();
    node.kind = Kind::object;
    const char* const start = text_ + *token_++;
    if (current() == '}') return close(node, start);
    NameFilter names;
    bool may_repeat = false;
    Node** link = &node.first;
    while (true) {
        Node& member = take_node();
        *link = &member;
        link = &member.next;
        if (!read_key(member) || !read_value(member, levels - 1)) return false;
        may_repeat |= names.may_know(member.key_hash);
        node.has_duplicates |= member.has_duplicates;
        if (current() == '}') break;
        if (current() != ',') return false;
        ++token_;
    }
    if (may_repeat) mark_duplicates(node);
    return close(node, start);
}

bool Reader::read_array(Node& node, std::size_t levels) {
    if (levels == 0) return refuse_depth();
    node.kind = Kind::array;
    const char* const start = text_ + *token_++;
    if (current() == ']') return close(node, start);
    Node** link = &node.first;
    while (true) {
        Node& element = take_node();
        element.clear_name();
        *link = &element;
        link = &element.next;
        if (!read_value(element, levels - 1)) return false;
        node.has_duplicates |= element.has_duplicates;
        if (current() == ']') return close(node, start);
        if (current() != ',') return false;
        ++token_;
    }
}

bool Reader::refuse_depth() noexcept {
    too_deep_ = true;
    return false;
}

Node& Reader::take_node() noexcept {
    Node& node = *free_++;
    node.clear();
    return node;
}

// The current token is the closing bracket of `node`.
bool Reader::close(Node& node, const char* start) {
    const char* const last = text_ + *token_++;
    node.raw = {start, static_cast<std::size_t>(last + 1 - start)};
    return true;
}

void Reader::mark_duplicates(Node& object) {
    members_.clear();
    for (Node* member = object.first; member != nullptr; member = member->next) members_.push_back(member);
    object.has_duplicates |= shadow_overridden(std::span(members_));
}

bool Reader::read_key(Node& member) {
    if (current() != '"') return false;
    member.raw_key = inside(take_scalar());
    if (current() != ':') return false;
    ++token_;
    if (!unescape_into(member.raw_key, member.key)) return false;
    member.key_hash = name_hash(member.key);
    return true;
}

bool Reader::read_string(Node& node) {
    node.kind = Kind::string;
    node.raw = take_scalar();
    return unescape_into(inside(node.raw), node.text);
}

bool Reader::unescape_into(std::string_view escaped, std::string_view& text) {
    text = escaped;
    if (!has_escapes_ || std::memchr(escaped.data(), '\\', escaped.size()) == nullptr) return true;
    char* const end = unescape(escaped, unescaped_);
    if (end == nullptr) return false;
    text = {unescaped_, static_cast<std::size_t>(end - unescaped_)};
    unescaped_ = end;
    return true;
}

bool Reader::read_number(Node& node) {
    node.kind = Kind::number;
    node.raw = take_scalar();
    return is_json_number(node.raw);
}

bool Reader::read_atom(Node& node, std::string_view atom, Kind kind) {
    node.kind = kind;
    node.raw = take_scalar();
    return node.raw == atom;
}

// The current token up to the next one, without the space between them. What follows a string's closing quote starts
// a token of its own, so a string's slice ends with that quote.
std::string_view Reader::take_scalar() noexcept {
    const char* const start = text_ + *token_++;
    return without_space_behind(start, text_ + *token_);
}

}  // namespace pintle::mapping
