#include "pintle/mapping/event.hpp"

#include <array>
#include <stdexcept>

#include "mapping/document.hpp"

namespace pintle::mapping {
namespace {

constexpr std::size_t max_set_members = 32;

}  // namespace

struct Event::Tree {
    Document document;
    std::array<Document, max_set_members> set_values;
    std::array<std::string, max_set_members> set_keys;
    std::size_t set_count = 0;
    Node* root = nullptr;
};

Event::Event() : tree_(std::make_unique<Tree>()) {}
Event::~Event() = default;
Event::Event(Event&&) noexcept = default;
Event& Event::operator=(Event&&) noexcept = default;

Result<void> Event::parse(std::string_view text) {
    tree_->root = nullptr;
    tree_->set_count = 0;
    const auto parsed = tree_->document.parse(text, max_depth);
    if (!parsed) return parsed.error();
    if ((*parsed)->kind != Kind::object) return invalid_json;
    tree_->root = *parsed;
    return {};
}

Value Event::root() const noexcept {
    return Value(tree_->root);
}

void Event::set(std::string_view key, std::string_view json) {
    Tree& tree = *tree_;
    if (tree.root == nullptr) throw std::logic_error("Event::set before a successful parse");
    if (tree.set_count == max_set_members) throw std::length_error("Event::set more than 32 times");
    const auto parsed = tree.set_values[tree.set_count].parse(json, max_depth - 1);
    if (!parsed) throw std::invalid_argument("Event::set with invalid json");
    std::string& name = tree.set_keys[tree.set_count++];
    name = key;
    Node& member = **parsed;
    member.key = name;
    member.raw_key = name;
    member.key_hash = name_hash(name);

    Node** link = &tree.root->first;
    for (Node* other = tree.root->first; other != nullptr; other = other->next) {
        other->shadowed |= other->key_hash == member.key_hash && other->key == member.key;
        link = &other->next;
    }
    *link = &member;
    tree.root->has_duplicates = true;  // its text is no longer the whole of it
}

}  // namespace pintle::mapping
