#include "json_text.hpp"

#include "pintle/base/terminal_text.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

constexpr std::size_t max_indent = 200;  // an event that was rejected for its nesting may have millions of levels

}  // namespace

std::string shown_member(std::string_view object, std::string_view name) {
    const auto text = member_of(object, name);
    const auto value = parse_json(text);
    if (value.is_null() || text.empty()) return "-";
    return text::shown(value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : text);
}

std::string indented(std::string_view text, std::size_t indent) {
    const auto json = json::first_value(text);
    const auto members = members_of(json);
    if (members.empty() || indent > max_indent) return std::string(json);
    const bool named = json.front() == '{';
    std::string out(1, json.front());
    for (const auto& [name, value] : members) {
        out += out.size() > 1 ? ",\n" : "\n";
        out.append(indent + 2, ' ');
        if (named) out.append("\"").append(name).append("\": ");
        out += indented(value, indent + 2);
    }
    return out.append("\n").append(indent, ' ').append(1, named ? '}' : ']');
}

}  // namespace pintle::cli
