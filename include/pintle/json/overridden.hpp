#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <tuple>

namespace pintle::json {

// Up to so many members are compared pairwise. More are sorted, so that a hostile object of thousands stays cheap.
inline constexpr std::size_t max_pairwise_members = 16;

// Marks every member that a later one of the same name overrides as `overridden`. Returns true if there is one.
// `Member` has `key_hash` and `overridden`, and `key` returns its name. The members' addresses must ascend in their
// order. May reorder the span.
template <class Member, class Key>
bool mark_overridden(std::span<Member*> members, Key key) {
    const auto same_name = [key](const Member* a, const Member* b) {
        return a->key_hash == b->key_hash && std::invoke(key, *a) == std::invoke(key, *b);
    };
    bool any = false;
    if (members.size() <= max_pairwise_members) {
        for (std::size_t later = 1; later < members.size(); ++later) {
            for (std::size_t earlier = 0; earlier < later; ++earlier) {
                if (members[earlier]->key_hash != members[later]->key_hash) continue;
                if (!same_name(members[earlier], members[later])) continue;
                members[earlier]->overridden = true;
                any = true;
            }
        }
        return any;
    }
    std::ranges::sort(members, [key](const Member* a, const Member* b) {
        if (a->key_hash != b->key_hash) return a->key_hash < b->key_hash;
        if (const int order = std::invoke(key, *a).compare(std::invoke(key, *b)); order != 0) return order < 0;
        return std::less<>{}(a, b);
    });
    for (std::size_t i = 1; i < members.size(); ++i) {
        if (!same_name(members[i - 1], members[i])) continue;
        members[i - 1]->overridden = true;
        any = true;
    }
    return any;
}

}  // namespace pintle::json
