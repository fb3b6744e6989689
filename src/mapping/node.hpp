#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "pintle/mapping/event.hpp"

namespace pintle::mapping {

// A value of a parsed text, with its name where it is a member. All views point into the Document that holds it. What
// is said to be of some values only is not set for the others.
struct Node {
    std::string_view raw;
    std::string_view text;  // of a string, unescaped
    std::string_view key;   // unescaped
    std::string_view raw_key;
    Node* first;  // of an array or object
    Node* next;   // the sibling after this one
    std::uint32_t key_hash;
    Kind kind;
    bool shadowed;        // a later member of the same object has the same name
    bool has_duplicates;  // here or anywhere below: `raw` holds a name twice

    void become(Kind its_kind) noexcept {
        kind = its_kind;
        shadowed = has_duplicates = false;
    }

    void clear_name() noexcept {
        key = std::string_view();
        raw_key = std::string_view();
        key_hash = 0;
    }
};

// Spreads names well enough to compare most pairs by one integer; equal names have equal hashes, no more is promised.
inline std::uint32_t name_hash(std::string_view name) noexcept {
    const char* at = name.data();
    const std::size_t size = name.size();
    std::uint64_t head = 0;
    std::uint64_t tail = 0;
    if (size >= 8) {
        std::memcpy(&head, at, 8);
        std::memcpy(&tail, at + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(&head, at, 4);
        std::memcpy(&tail, at + size - 4, 4);
    } else if (size > 0) {
        head = static_cast<std::uint8_t>(at[0]) | static_cast<std::uint64_t>(static_cast<std::uint8_t>(at[size / 2]))
                                                      << 8;
        tail = static_cast<std::uint8_t>(at[size - 1]);
    }
    const std::uint64_t mixed = (head ^ (tail * 0x9E3779B97F4A7C15U)) + size;
    return static_cast<std::uint32_t>((mixed * 0xD6E8FEB86659FD93U) >> 32U);
}

inline const Node* find_member(const Node* object, std::string_view key) noexcept {
    if (object == nullptr || object->kind != Kind::object) return nullptr;
    const std::uint32_t hash = name_hash(key);
    for (const Node* member = object->first; member != nullptr; member = member->next) {
        if (member->key_hash == hash && !member->shadowed && member->key == key) return member;
    }
    return nullptr;
}

}  // namespace pintle::mapping
