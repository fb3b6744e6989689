#include <string>

#include "mapping/node.hpp"

namespace pintle::mapping {
namespace {

void write_node(const Node& node, std::string& out) {
    if (!node.has_duplicates) {
        out += node.raw();
        return;
    }
    const bool is_object = node.kind == Kind::object;
    char before = is_object ? '{' : '[';
    for (const Node* child = node.first; child != nullptr; child = child->next) {
        if (child->shadowed) continue;
        out += before;
        before = ',';
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

Kind Value::kind() const noexcept {
    return node_ == nullptr ? Kind::absent : node_->kind;
}

std::string_view Value::raw() const noexcept {
    return node_ == nullptr ? std::string_view{} : node_->raw();
}

std::string_view Value::text() const noexcept {
    return is(Kind::string) ? node_->text() : std::string_view{};
}

std::string_view Value::key() const noexcept {
    return node_ == nullptr ? std::string_view{} : node_->key();
}

std::string_view Value::raw_key() const noexcept {
    return node_ == nullptr ? std::string_view{} : node_->raw_key();
}

Value Value::operator[](std::string_view key) const noexcept {
    return Value(find_member(node_, key));
}

Value Value::first() const noexcept {
    return Value(is(Kind::object) || is(Kind::array) ? node_->first : nullptr);
}

Value Value::next() const noexcept {
    return Value(node_ == nullptr ? nullptr : node_->next);
}

bool Value::shadowed() const noexcept {
    return node_ != nullptr && node_->shadowed;
}

void Value::write(std::string& out) const {
    if (node_ != nullptr) write_node(*node_, out);
}

}  // namespace pintle::mapping
