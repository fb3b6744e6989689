#include "offset_tracker.hpp"

#include <algorithm>

namespace pintle::kafka_source {

OffsetTracker::Assignment OffsetTracker::assign(const kafka::TopicPartition& partition) {
    assigned_.insert_or_assign(partition, Assigned{++assignments_, {}, {}});
    return assignments_;
}

void OffsetTracker::revoke(const kafka::TopicPartition& partition) {
    assigned_.erase(partition);
}

OffsetTracker::Assigned* OffsetTracker::find(const kafka::TopicPartition& partition, Assignment assignment) {
    const auto found = assigned_.find(partition);
    return found == assigned_.end() || found->second.assignment != assignment ? nullptr : &found->second;
}

void OffsetTracker::read(const kafka::TopicPartition& partition, Assignment assignment, std::int64_t offset) {
    if (auto* const assigned = find(partition, assignment)) assigned->records.push_back({offset, false});
}

std::optional<std::int64_t> OffsetTracker::done(const kafka::TopicPartition& partition, Assignment assignment,
                                                std::int64_t offset) {
    auto* const assigned = find(partition, assignment);
    if (assigned == nullptr) return std::nullopt;
    auto& records = assigned->records;
    const auto record = std::ranges::lower_bound(records, offset, {}, &Record::offset);
    if (record == records.end() || record->offset != offset) return std::nullopt;
    record->is_done = true;
    const auto before = assigned->next;
    while (!records.empty() && records.front().is_done) {
        assigned->next = records.front().offset + 1;
        records.pop_front();
    }
    return assigned->next == before ? std::nullopt : assigned->next;
}

std::optional<std::int64_t> OffsetTracker::next(const kafka::TopicPartition& partition) const {
    const auto found = assigned_.find(partition);
    return found == assigned_.end() ? std::nullopt : found->second.next;
}

std::optional<std::int64_t> OffsetTracker::position(const kafka::TopicPartition& partition) const {
    const auto found = assigned_.find(partition);
    if (found == assigned_.end()) return std::nullopt;
    const auto& [assignment, records, next] = found->second;
    return records.empty() ? next : records.front().offset;
}

std::size_t OffsetTracker::in_flight(const kafka::TopicPartition& partition) const {
    const auto found = assigned_.find(partition);
    return found == assigned_.end() ? 0 : found->second.records.size();
}

}  // namespace pintle::kafka_source
