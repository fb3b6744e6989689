#include "copies.hpp"

#include <algorithm>

namespace pintle::journal::kafka {
namespace {

constexpr std::uint64_t records_for_a_copy = 100;

}  // namespace

Offset Copies::record_of(Offset event) const {
    const auto found = records_.find(event);
    return found == records_.end() ? event : found->second;
}

Offset Copies::event_of(Offset record) const {
    const auto found = events_.find(record);
    return found == events_.end() ? record : found->second;
}

void Copies::move(Offset from, Offset to) {
    const auto event = event_of(from);
    events_.erase(from);
    if (to == event) {
        records_.erase(event);
        return;
    }
    events_.insert_or_assign(to, event);
    records_.insert_or_assign(event, to);
}

void Copies::erase(Range records) {
    const auto begin = events_.lower_bound(records.begin);
    const auto end = events_.lower_bound(records.end);
    for (auto copy = begin; copy != end; ++copy) records_.erase(copy->second);
    events_.erase(begin, end);
}

PendingEvents::PendingEvents(const Intervals& acked, const Copies& copies, Offset from, Offset end)
    : acked_(acked),
      copies_(copies),
      end_(end),
      uncopied_(find_uncopied(from)),
      copied_(copies.records().lower_bound(from)) {}

Offset PendingEvents::find_uncopied(Offset from) const {
    from = acked_.first_outside(from);
    while (from < end_ && copies_.is_copy(from)) from = acked_.first_outside(from + 1);
    return from;
}

std::optional<PendingEvent> PendingEvents::next() {
    // A dead letter that is being written has acked its event, whose copy is still known.
    while (copied_ != copies_.records().end() && acked_.contains(copied_->second)) ++copied_;
    if (copied_ != copies_.records().end() && (uncopied_ >= end_ || copied_->first < uncopied_)) {
        const PendingEvent found{copied_->first, copied_->second};
        ++copied_;
        return found;
    }
    if (uncopied_ >= end_) return std::nullopt;
    const PendingEvent found{uncopied_, uncopied_};
    uncopied_ = find_uncopied(uncopied_ + 1);
    return found;
}

std::vector<PendingEvent> find_events_to_copy(const Intervals& acked, const Copies& copies, Offset end,
                                              std::uint64_t mean_size, const CopyRule& rule) {
    const auto begin = acked.first_outside(0);
    const auto kept = end - std::min(begin, end);
    if (kept < rule.min_records || kept * mean_size < rule.min_bytes) return {};
    const auto quarter = kept / 4;
    std::vector<PendingEvent> found;
    std::uint64_t pending = 0;
    for (auto record = begin; record < begin + quarter; record = acked.first_outside(record + 1)) {
        if (++pending * records_for_a_copy >= quarter) return {};
        if (found.size() < rule.max_events) found.push_back({copies.event_of(record), record});
    }
    std::ranges::sort(found, {}, &PendingEvent::offset);
    return found;
}

}  // namespace pintle::journal::kafka
