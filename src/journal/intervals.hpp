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

// Positions from `begin` on and before `end`.
struct Range {
    Offset begin = 0;
    Offset end = 0;

    bool operator==(const Range&) const = default;
};

// A set of offsets, kept as the ranges it consists of: its cost is that of its gaps, not of its members.
class Intervals {
public:
    bool add(Offset offset);  // false where it was in already
    void add(Range range);

    bool contains(Offset offset) const;
    Offset first_outside(Offset from) const;  // `from`, or the next offset after it that is not in the set
    Offset first_inside(Offset from) const;   // `from`, or the next one after it that is; else the largest number
    std::uint64_t size() const noexcept { return size_; }
    std::vector<Range> ranges() const;
    std::vector<Range> missing(Range within) const;  // the parts of `within` that are not in the set

    // As gaps and lengths, one after the other.
    std::string encode() const;
    static std::optional<Intervals> decode(std::string_view bytes);

private:
    std::map<Offset, Offset> ranges_;  // begin -> end; they neither overlap nor touch
    std::uint64_t size_ = 0;
};

// What of the settled records is worth a range delete now, given what was deleted: those below the lowest unsettled one
// as soon as they are `at_least` so many, and above it runs of 1,000, so that one record that nobody takes does not
// keep all later ones on disk.
std::vector<Range> due_for_deletion(const Intervals& acked, const Intervals& deleted, std::uint64_t at_least);

}  // namespace pintle::journal
