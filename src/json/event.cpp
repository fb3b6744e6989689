#include "pintle/json/event.hpp"

#include <array>
#include <stdexcept>

#include "document.hpp"
#include "pintle/base/result.hpp"

namespace pintle::json {
namespace {

constexpr std::size_t max_set_members = 32;

}  // namespace

struct Event::Tree {
    Document document;
    std::array<Document, max_set_members> set_values;
    std::array<std::string, max_set_members> set_keys;
    std::size_t set_count = 0;
    std::size_t set_bytes = 0;  // of the members that were set, with what stands around them
    Node* root = nullptr;
    const Node* first_set = nullptr;  // of what was set, which stands behind the root's own members
    bool replaced = false;            // a name is there twice: the text, with what was set, would not be the event

    Result<void> take(const Result<Node*>& parsed) {
        if (!parsed) return parsed.error();
        if ((*parsed)->kind != Kind::object) return Reason::invalid_json;
        root = *parsed;
        replaced = root->has_duplicates;
        return {};
    }

    void clear() {
        root = nullptr;
        first_set = nullptr;
        set_count = set_bytes = 0;
    }

    // The slot of the next member to set.
    Document& next_value() {
        if (root == nullptr) throw std::logic_error("Event::set before a successful parse");
        if (set_count == max_set_members) throw std::length_error("Event::set more than 32 times");
        return set_values[set_count];
    }
};

Event::Event() : tree_(std::make_unique<Tree>()) {}
Event::~Event() = default;
Event::Event(Event&&) noexcept = default;
Event& Event::operator=(Event&&) noexcept = default;

Result<void> Event::parse(std::string_view text, std::size_t levels) {
    tree_->clear();
    return tree_->take(tree_->document.parse(text, levels));
}

Result<void> Event::read(const Tokens& tokens, TokenSpan span) {
    tree_->clear();
    return tree_->take(tree_->document.read(tokens, span, max_json_depth));
}

Value Event::root() const noexcept {
    return Value(tree_->root);
}

std::size_t Event::most_bytes() const noexcept {
    return root().raw().size() + tree_->set_bytes;
}

// If nothing is overridden, the members that were set follow the unchanged text.
void Event::write(std::string& out) const {
    const Tree& tree = *tree_;
    if (tree.replaced || tree.first_set == nullptr) return root().write(out);
    const auto raw = tree.root->raw();
    out += raw.substr(0, raw.size() - 1);
    for (const Node* member = tree.first_set; member != nullptr; member = member->next) {
        if (member != tree.root->first) out += ',';
        out += '"';
        out += member->raw_key();
        out += "\":";
        out += member->raw();
    }
    out += '}';
}

void Event::set(std::string_view key, std::string_view json) {
    const auto parsed = tree_->next_value().parse(json, max_json_depth - 1);
    if (!parsed) throw std::invalid_argument("Event::set with invalid json");
    add(key, **parsed);
}

void Event::set_text(std::string_view key, std::string_view plain) {
    add(key, *tree_->next_value().quote(plain));
}

void Event::remove(std::string_view key) {
    const auto hash = name_hash(key);
    for (Node* member = tree_->root->first; member != nullptr; member = member->next) {
        if (member->key_hash != hash || member->key() != key) continue;
        member->overridden = tree_->replaced = true;
        tree_->root->has_duplicates = true;  // its text is no longer the whole of it
    }
}

void Event::add(std::string_view key, Node& member) {
    Tree& tree = *tree_;
    std::string& name = tree.set_keys[tree.set_count++];
    name = key;
    member.set_raw_key(name);
    member.key_hash = name_hash(name);
    tree.set_bytes += std::string_view(R"(,"":)").size() + name.size() + member.raw().size();

    Node** link = &tree.root->first;
    for (Node* other = tree.root->first; other != nullptr; other = other->next) {
        if (other->key_hash == member.key_hash && other->key() == member.key())
            other->overridden = tree.replaced = true;
        link = &other->next;
    }
    *link = &member;
    member.next = nullptr;
    if (tree.first_set == nullptr) tree.first_set = &member;
    tree.replaced |= member.has_duplicates;
    tree.root->has_duplicates = true;  // its text is no longer the whole of it
}

}  // namespace pintle::json
