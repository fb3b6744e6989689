#include "compare/difference.hpp"

#include <algorithm>
#include <string_view>

#include "pintle/json/writer.hpp"

namespace pintle::cli::compare {
namespace {

using json::Kind;

void collect(const Tree& a, const Tree& b, std::vector<std::string>& path, std::vector<Difference>& found);

// Missing attributes are the same as none, so that each one that differs is found by its name.
bool is_attributes(const std::vector<std::string>& path) {
    return path.size() == 1 && path.front() == "attributes";
}

void collect_members(const Tree& a, const Tree& b, std::vector<std::string>& path, std::vector<Difference>& found) {
    auto left = a.members().begin();
    auto right = b.members().begin();
    while (left != a.members().end() || right != b.members().end()) {
        const bool takes_left = right == b.members().end() || (left != a.members().end() && left->name <= right->name);
        const bool takes_right = left == a.members().end() || (right != b.members().end() && right->name <= left->name);
        path.push_back(takes_left ? left->name : right->name);
        if (takes_left && takes_right) {
            collect(left->value, right->value, path, found);
        } else if (is_attributes(path)) {
            static const Tree none = Tree::object();
            collect(takes_left ? left->value : none, takes_right ? right->value : none, path, found);
        } else {
            found.push_back({path, takes_left ? &left->value : nullptr, takes_right ? &right->value : nullptr});
        }
        path.pop_back();
        if (takes_left) ++left;
        if (takes_right) ++right;
    }
}

void collect(const Tree& a, const Tree& b, std::vector<std::string>& path, std::vector<Difference>& found) {
    if (a.is(Kind::object) && b.is(Kind::object)) return collect_members(a, b, path, found);
    const bool arrays = a.is(Kind::array) && b.is(Kind::array) && a.members().size() == b.members().size();
    if (!arrays) {
        if (a != b) found.push_back({path, &a, &b});
        return;
    }
    for (std::size_t i = 0; i < a.members().size(); ++i) {
        path.push_back(std::string("[").append(std::to_string(i)).append("]"));
        collect(a.members()[i].value, b.members()[i].value, path, found);
        path.pop_back();
    }
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return c == '_' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

// An element's index, which no quoted name looks like.
bool is_index(std::string_view part) {
    return part.size() > 2 && part.front() == '[' && part.back() == ']' &&
           std::ranges::all_of(part.substr(1, part.size() - 2), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::vector<Difference> differences(const Tree& a, const Tree& b) {
    std::vector<Difference> found;
    std::vector<std::string> path;
    collect(a, b, path, found);
    return found;
}

std::string path_text(const std::vector<std::string>& path, Indexes indexes) {
    std::string out;
    for (const auto& part : path) {
        if (is_index(part)) {
            out += indexes == Indexes::shown ? std::string_view(part) : std::string_view("[]");
        } else if (is_plain_name(part)) {
            if (!out.empty()) out += '.';
            out += part;
        } else {
            out += '[';
            json::write_string(part, out);
            out += ']';
        }
    }
    return out;
}

}  // namespace pintle::cli::compare
