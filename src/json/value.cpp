#include <string>
#include <utility>

#include "pintle/json/event.hpp"

namespace pintle::json {
namespace {

void write_node(const Node& node, std::string& out) {
    if (!node.has_duplicates) {
        out += node.raw();
        return;
    }
    const bool is_object = node.kind == Kind::object;
    out += is_object ? '{' : '[';
    bool is_first = true;
    for (const Node* child = node.first; child != nullptr; child = child->next) {
        if (child->overridden) continue;
        if (!std::exchange(is_first, false)) out += ',';
        if (is_object) {
            out += '"';
            out += child->raw_key();
            out += "\":";
        }
        write_node(*child, out);
    }
    out += is_object ? '}' : ']';
}

}  // namespace

const Node* find_member(const Node* object, std::string_view name, std::uint32_t hash) noexcept {
    if (object == nullptr || object->kind != Kind::object) return nullptr;
    for (const Node* member = object->first; member != nullptr; member = member->next) {
        if (member->key_hash == hash && !member->overridden && member->key() == name) return member;
    }
    return nullptr;
}

void Value::write(std::string& out) const {
    if (node_ != nullptr) write_node(*node_, out);
}

}  // namespace pintle::json
