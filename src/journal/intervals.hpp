#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/journal/journal.hpp"

namespace pintle::journal {

// The offsets from `begin` on, without `end`.
struct Range {
    Offset begin = 0;
    Offset end = 0;

    bool operator==(const Range&) const = default;
};

// A set of offsets, stored as ranges: its size depends on its gaps, not on its members.
class Intervals {
public:
    bool add(Offset offset);  // returns false if it was in the set
    void add(Range range);

    bool contains(Offset offset) const;
    Offset first_outside(Offset from) const;  // the first offset from `from` on that is not in the set
    Offset first_inside(Offset from) const;   // the first offset from `from` on that is; the largest number if none
    std::uint64_t size() const noexcept { return size_; }
    std::vector<Range> ranges() const;
    std::vector<Range> missing(Range within) const;  // the parts of `within` that are not in the set

    // Alternating gaps and lengths.
    std::string encode() const;
    static std::optional<Intervals> decode(std::string_view bytes);

private:
    std::map<Offset, Offset> ranges_;  // begin -> end; they neither overlap nor touch
    std::uint64_t size_ = 0;
};

// The acked ranges that are worth a range deletion and are not deleted yet: below the lowest pending record with
// `at_least` records, and above it with 1,000, so that one stuck record does not keep all later ones on disk.
std::vector<Range> due_for_deletion(const Intervals& acked, const Intervals& deleted, std::uint64_t at_least);

}  // namespace pintle::journal
