#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pintle/json/event.hpp"

namespace pintle::json {

// Finds members of several names in one pass over an object.
template <std::size_t N>
class MemberLookup {
public:
    template <class... Names>
    explicit MemberLookup(Names... names) noexcept : names_{names...}, hashes_{name_hash(names)...} {
        for (const auto hash : hashes_) wanted_ |= bit(hash);
    }

    // Returns for each name what Value's operator[] returns.
    std::array<Value, N> of(Value object) const noexcept {
        std::array<Value, N> found;
        if (!object.is(Kind::object)) return found;
        for (const Node* member = object.node()->first; member != nullptr; member = member->next) {
            if ((wanted_ & bit(member->key_hash)) == 0 || member->overridden) continue;
            const auto place = find(*member);
            if (place < N) found[place] = Value(member);
        }
        return found;
    }

private:
    static constexpr std::uint64_t bit(std::uint32_t hash) noexcept { return std::uint64_t{1} << hash % 64; }

    std::size_t find(const Node& member) const noexcept {
        for (std::size_t i = 0; i < N; ++i) {
            if (hashes_[i] == member.key_hash && names_[i] == member.key()) return i;
        }
        return N;
    }

    std::array<std::string_view, N> names_;
    std::array<std::uint32_t, N> hashes_;
    std::uint64_t wanted_ = 0;
};

template <class... Names>
MemberLookup(Names...) -> MemberLookup<sizeof...(Names)>;

}  // namespace pintle::json
