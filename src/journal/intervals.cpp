#include "intervals.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::uint64_t delete_above_from = 1000;  // records

}  // namespace

bool Intervals::add(Offset offset) {
    auto next = ranges_.upper_bound(offset);
    if (next != ranges_.begin()) {
        const auto before = std::prev(next);
        if (offset < before->second) return false;
        if (offset == before->second) {  // the common case: the previous range grows
            ++before->second;
            ++size_;
            if (next != ranges_.end() && next->first == before->second) {
                before->second = next->second;
                ranges_.erase(next);
            }
            return true;
        }
    }
    add(Range{offset, offset + 1});
    return true;
}

void Intervals::add(Range range) {
    if (range.begin >= range.end) return;
    auto at = ranges_.upper_bound(range.begin);
    if (at != ranges_.begin() && std::prev(at)->second >= range.begin) --at;
    while (at != ranges_.end() && at->first <= range.end) {
        range = {std::min(range.begin, at->first), std::max(range.end, at->second)};
        size_ -= at->second - at->first;
        at = ranges_.erase(at);
    }
    ranges_.emplace_hint(at, range.begin, range.end);
    size_ += range.end - range.begin;
}

bool Intervals::contains(Offset offset) const {
    return first_outside(offset) != offset;
}

Offset Intervals::first_outside(Offset from) const {
    const auto next = ranges_.upper_bound(from);
    return next == ranges_.begin() ? from : std::max(from, std::prev(next)->second);
}

Offset Intervals::first_inside(Offset from) const {
    if (contains(from)) return from;
    const auto next = ranges_.lower_bound(from);
    return next == ranges_.end() ? std::numeric_limits<Offset>::max() : next->first;
}

std::vector<Range> Intervals::ranges() const {
    std::vector<Range> ranges;
    ranges.reserve(ranges_.size());
    for (const auto& [begin, end] : ranges_) ranges.push_back({begin, end});
    return ranges;
}

std::vector<Range> Intervals::missing(Range within) const {
    std::vector<Range> pieces;
    auto at = first_outside(within.begin);
    while (at < within.end) {
        const auto end = std::min(first_inside(at), within.end);
        pieces.push_back({at, end});
        at = first_outside(end);
    }
    return pieces;
}

std::string Intervals::encode() const {
    std::string out;
    Offset at = 0;
    for (const auto& [begin, end] : ranges_) {
        put_varint(out, begin - at);
        put_varint(out, end - begin);
        at = end;
    }
    return out;
}

std::optional<Intervals> Intervals::decode(std::string_view bytes) {
    Intervals set;
    Offset at = 0;
    while (!bytes.empty()) {
        const auto gap = get_varint(bytes);
        const auto length = get_varint(bytes);
        if (!gap || !length) return std::nullopt;
        const Range range{at + *gap, at + *gap + *length};
        if (range.begin < at || range.end <= range.begin) return std::nullopt;
        set.add(range);
        at = range.end;
    }
    return set;
}

std::vector<Range> due_for_deletion(const Intervals& acked, const Intervals& deleted, std::uint64_t at_least) {
    const auto lowest = acked.first_outside(1);
    std::vector<Range> due;
    for (const auto& range : acked.ranges()) {
        for (const auto& piece : deleted.missing(range)) {
            // A range between deleted ranges below the lowest pending record does not grow any more.
            const bool enclosed = piece.end < lowest;
            const auto enough = piece.begin < lowest ? at_least : delete_above_from;
            if (enclosed || piece.end - piece.begin >= enough) due.push_back(piece);
        }
    }
    return due;
}

}  // namespace pintle::journal
