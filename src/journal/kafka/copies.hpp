#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "intervals.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::journal::kafka {

// A pending event. The offset of its first record is the event's for ever: it is ordered and acked by it.
struct PendingEvent {
    Offset offset = 0;
    Offset record = 0;  // of the latest copy; the same as `offset` if there is none

    bool operator==(const PendingEvent&) const = default;
};

// The events that were copied to the end of their topic, each with its latest copy. Not thread-safe.
class Copies {
public:
    Offset record_of(Offset event) const;  // the latest copy, or `event` itself
    Offset event_of(Offset record) const;  // the event of that copy, or `record` itself
    bool is_copy(Offset record) const { return events_.contains(record); }

    // The record `to` takes the place of `from`, which is the latest of its event. It may be the event's first record.
    void move(Offset from, Offset to);
    // Forgets the events whose latest copies are in that range.
    void erase(Range records);

    const std::map<Offset, Offset>& events() const noexcept { return events_; }    // copy -> event
    const std::map<Offset, Offset>& records() const noexcept { return records_; }  // event -> copy

private:
    std::map<Offset, Offset> events_;
    std::map<Offset, Offset> records_;
};

// Walks the pending events from `from` on, in the order of their offsets. All records before `end` are decided, and
// `acked` has those of them that are not pending. What it walks must not change meanwhile.
class PendingEvents {
public:
    PendingEvents(const Intervals& acked, const Copies& copies, Offset from, Offset end);

    std::optional<PendingEvent> next();  // nothing: there are no more

private:
    Offset find_uncopied(Offset from) const;

    const Intervals& acked_;
    const Copies& copies_;
    const Offset end_;
    Offset uncopied_;  // the next pending event without a copy
    std::map<Offset, Offset>::const_iterator copied_;
};

// When events are copied.
struct CopyRule {
    std::uint64_t min_records = 10'000;      // between the first pending record and the last one
    std::uint64_t min_bytes = 16ULL << 20U;  // likewise
    std::size_t max_events = 1'000;          // at once
};

// The pending events that keep the topic's start from being deleted and are so few that it is worth copying them: less
// than 1 % of the oldest quarter of the records that the topic has to keep for them. By their offsets.
std::vector<PendingEvent> find_events_to_copy(const Intervals& acked, const Copies& copies, Offset end,
                                              std::uint64_t mean_size, const CopyRule& rule);

}  // namespace pintle::journal::kafka
