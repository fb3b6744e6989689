#include "compare/tree.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "pintle/json/depth.hpp"
#include "pintle/json/writer.hpp"

namespace pintle::cli::compare {
namespace {

using json::Kind;

constexpr std::int64_t max_zeros = 21;  // JavaScript writes longer numbers with an exponent

// A larger exponent counts as the largest one.
std::int64_t read_exponent(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t exponent = 0;
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (read.ec == std::errc::result_out_of_range) return text.starts_with('-') ? -most : most;
    return std::clamp(exponent, -most, most);
}

double to_double(std::string_view number) {
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (read.ec != std::errc::result_out_of_range) return value;
    // from_chars does not tell too large from too small.
    const auto exponent = number.find_first_of("eE");
    const bool small = exponent == std::string_view::npos ? number.find_first_of("123456789") > number.find('.')
                                                          : number.substr(exponent + 1).starts_with('-');
    if (small) return 0;
    return number.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
}

}  // namespace

Tree read_tree(std::string_view json) {
    json::Event document;
    if (!document.parse(json, max_json_document_depth)) throw std::invalid_argument("read_tree of no JSON object");
    return Tree(document.root());
}

std::string canonical_number(std::string_view json) {
    const bool negative = json.starts_with('-');
    if (negative) json.remove_prefix(1);
    const auto mantissa_end = std::min(json.find_first_of("eE"), json.size());
    const auto mantissa = json.substr(0, mantissa_end);
    std::int64_t exponent = mantissa_end < json.size() ? read_exponent(json.substr(mantissa_end + 1)) : 0;
    std::string digits;
    bool fraction = false;
    for (const char c : mantissa) {
        if (c == '.') {
            fraction = true;
            continue;
        }
        if (fraction) --exponent;
        if (c != '0' || !digits.empty()) digits += c;
    }
    while (digits.ends_with('0')) {
        digits.pop_back();
        ++exponent;
    }
    if (digits.empty()) return "0";
    const auto size = static_cast<std::int64_t>(digits.size());
    std::string out = negative ? "-" : "";
    if (exponent >= 0 && size + exponent <= max_zeros) {
        return out.append(digits).append(static_cast<std::size_t>(exponent), '0');
    }
    if (exponent < 0 && -exponent < size) {
        digits.insert(static_cast<std::size_t>(size + exponent), 1, '.');
        return out + digits;
    }
    if (exponent < 0 && -exponent <= max_zeros) {
        return out.append("0.").append(static_cast<std::size_t>(-exponent - size), '0').append(digits);
    }
    return out.append(digits).append("e").append(std::to_string(exponent));
}

bool is_same_double(std::string_view number, std::string_view other) {
    return to_double(number) == to_double(other);
}

bool is_infinite_double(std::string_view number) {
    return std::isinf(to_double(number));
}

Tree::Tree(json::Value value) : kind_(value.is(Kind::absent) ? Kind::null : value.kind()) {
    switch (kind_) {
        case Kind::absent:
        case Kind::null: return;
        case Kind::boolean: text_ = value.raw(); return;
        case Kind::number: text_ = canonical_number(value.raw()); return;
        case Kind::string: text_ = value.text(); return;
        case Kind::array:
            for (auto element = value.first(); element; element = element.next()) {
                members_.push_back({{}, Tree(element)});
            }
            return;
        case Kind::object:
            for (auto member = value.first(); member; member = member.next()) {
                if (!member.overridden()) members_.push_back({std::string(member.key()), Tree(member)});
            }
            std::ranges::sort(members_, {}, &Member::name);
            return;
    }
}

Tree::Tree(Kind kind) : kind_(kind) {}

Tree Tree::object() {
    return Tree(Kind::object);
}

Tree Tree::string(std::string_view text) {
    Tree tree(Kind::string);
    tree.text_ = text;
    return tree;
}

Tree Tree::boolean(bool value) {
    Tree tree(Kind::boolean);
    tree.text_ = value ? "true" : "false";
    return tree;
}

bool Tree::is_empty_container() const noexcept {
    return (is(Kind::object) || is(Kind::array)) && members_.empty();
}

const Tree* Tree::find(std::string_view name) const noexcept {
    if (!is(Kind::object)) return nullptr;
    const auto found = std::ranges::lower_bound(members_, name, {}, &Member::name);
    return found != members_.end() && found->name == name ? &found->value : nullptr;
}

Tree* Tree::find(std::string_view name) noexcept {
    return const_cast<Tree*>(std::as_const(*this).find(name));  // NOLINT(*-const-cast): of this object
}

Tree& Tree::set(std::string_view name, Tree value) {
    auto found = std::ranges::lower_bound(members_, name, {}, &Member::name);
    if (found == members_.end() || found->name != name) {
        found = members_.insert(found, {std::string(name), std::move(value)});
    } else {
        found->value = std::move(value);
    }
    return found->value;
}

Tree Tree::remove(std::string_view name) {
    const auto found = std::ranges::lower_bound(members_, name, {}, &Member::name);
    if (found == members_.end() || found->name != name) return {};
    Tree value = std::move(found->value);
    members_.erase(found);
    return value;
}

void Tree::write(std::string& out) const {
    switch (kind_) {
        case Kind::absent:
        case Kind::null: out += "null"; return;
        case Kind::boolean:
        case Kind::number: out += text_; return;
        case Kind::string: json::write_string(text_, out); return;
        case Kind::array:
        case Kind::object: break;
    }
    const bool named = is(Kind::object);
    out += named ? '{' : '[';
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (i > 0) out += ',';
        if (named) {
            json::write_string(members_[i].name, out);
            out += ':';
        }
        members_[i].value.write(out);
    }
    out += named ? '}' : ']';
}

std::string Tree::to_json() const {
    std::string out;
    write(out);
    return out;
}

bool Tree::operator==(const Tree& other) const {
    return kind_ == other.kind_ && text_ == other.text_ && members_ == other.members_;
}

}  // namespace pintle::cli::compare
