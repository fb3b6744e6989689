#include "pintle/json/raw_text.hpp"

#include <algorithm>

#include "pintle/json/parse.hpp"

namespace pintle::json {
namespace {

constexpr std::string_view space = " \t\r\n";

// One past the end of the string whose opening quote is at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
    for (++at; at < json.size() && json[at] != '"'; ++at) {
        if (json[at] == '\\') ++at;
    }
    return std::min(at + 1, json.size());
}

std::size_t skip_space(std::string_view json, std::size_t at) {
    return std::min(json.find_first_not_of(space, at), json.size());
}

// One past the end of the value that begins at `at`.
std::size_t end_of_value(std::string_view json, std::size_t at) {
    std::size_t depth = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (c == '"') {
            at = end_of_string(json, at);
            if (depth == 0) return at;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (depth == 0) return at;  // the end of the enclosing value
            if (--depth == 0) return at + 1;
        }
        if (depth == 0 && (c == ',' || space.find(c) != std::string_view::npos)) return at;
        ++at;
    }
    return at;
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> members_of(std::string_view json) {
    std::vector<std::pair<std::string_view, std::string_view>> members;
    std::size_t at = skip_space(json, 0);
    if (at == json.size() || (json[at] != '{' && json[at] != '[')) return members;
    const bool named = json[at] == '{';
    at = skip_space(json, at + 1);
    while (at < json.size() && json[at] != '}' && json[at] != ']') {
        std::string_view name;
        if (named) {
            const auto end = end_of_string(json, at);
            name = json.substr(at + 1, end - at - 2);
            at = skip_space(json, skip_space(json, end) + 1);  // after the colon
        }
        const auto end = end_of_value(json, at);
        members.emplace_back(name, json.substr(at, end - at));
        at = skip_space(json, end);
        if (at < json.size() && json[at] == ',') at = skip_space(json, at + 1);
    }
    return members;
}

std::string_view member_of(std::string_view object, std::string_view name) {
    for (const auto& [key, value] : members_of(object)) {
        if (key == name) return value;
    }
    return {};
}

std::string_view first_value(std::string_view json) {
    const auto begin = skip_space(json, 0);
    return json.substr(begin, end_of_value(json, begin) - begin);
}

std::string text_of(std::string_view json) {
    const auto value = parse_json(json);
    return value.is_string() ? value.get<std::string>() : std::string{};
}

}  // namespace pintle::json
