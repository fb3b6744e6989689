#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/json/event.hpp"

namespace pintle::cli::compare {

// A JSON value of its own, in the one form that all texts of the same value have: members are sorted by name and
// unique, and numbers are decimal numbers without redundant digits, to the last digit.
class Tree {
public:
    struct Member;

    Tree() = default;  // null
    explicit Tree(json::Value value);

    static Tree object();
    static Tree string(std::string_view text);
    static Tree boolean(bool value);

    json::Kind kind() const noexcept { return kind_; }
    bool is(json::Kind kind) const noexcept { return kind_ == kind; }
    // A string's characters; a number or a boolean as JSON text; empty for other kinds.
    const std::string& text() const noexcept { return text_; }
    // The members of an object by name, or the elements of an array, without names.
    const std::vector<Member>& members() const noexcept { return members_; }
    bool is_empty_container() const noexcept;

    // Null if there is no such member, or this is not an object.
    const Tree* find(std::string_view name) const noexcept;
    Tree* find(std::string_view name) noexcept;

    // For an object. `set` replaces a member; `remove` returns it, or null where there is none.
    Tree& set(std::string_view name, Tree value);
    Tree remove(std::string_view name);

    void write(std::string& out) const;
    std::string to_json() const;

    bool operator==(const Tree& other) const;

private:
    explicit Tree(json::Kind kind);

    json::Kind kind_ = json::Kind::null;
    std::string text_;
    std::vector<Member> members_;
};

struct Tree::Member {
    std::string name;
    Tree value;

    bool operator==(const Member&) const = default;
};

// Reads what `Tree::write` wrote for an object.
Tree read_tree(std::string_view json);

// The one text of a JSON number's value: 1.50 and 15e-1 are 1.5.
std::string canonical_number(std::string_view json);

// Whether two JSON numbers are the same number to JavaScript, which keeps 15 to 17 digits.
bool is_same_double(std::string_view number, std::string_view other);

// Whether a JSON number is too large for JavaScript, which writes it as null.
bool is_infinite_double(std::string_view number);

}  // namespace pintle::cli::compare
