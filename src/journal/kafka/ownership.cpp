#include "ownership.hpp"

#include <algorithm>

namespace pintle::journal::kafka {

bool LogOwnership::apply(LedgerOffset offset, const RecordHeader& record) {
    if (offset <= last_read_) return false;
    const bool does_count = counts(offset, record);
    last_read_ = offset;
    if (!does_count) return false;
    last_counting_ = offset;
    epoch_ = record.epoch;
    owner_ = record.node;
    if (record.kind == RecordKind::release) owner_.reset();
    return true;
}

bool LogOwnership::counts(LedgerOffset offset, const RecordHeader& record) {
    if (last_read_ == no_offset && offset > 0) {
        // The log's start is deleted. Only an owner deletes, and only what is before the first part of a snapshot that
        // counts: that part is now the first record.
        unreadable_ = record.kind != RecordKind::snapshot || !record.begins_snapshot;
        return !unreadable_;
    }
    if (unreadable_) return false;
    if (record.kind == RecordKind::claim) return record.epoch == epoch_ + 1 && record.after == last_counting_;
    return record.epoch == epoch_ && owner_ == record.node;
}

Ownership::Read Ownership::read(LedgerOffset offset, const RecordHeader& record, BootTime now) {
    const auto epoch_before = log_.epoch();
    const bool is_new = offset > log_.last_read();
    const bool counts = log_.apply(offset, record);
    if (is_new && record.node == self_) {
        // Whether it counts or not, the log has decided about the claim: another may be sent.
        if (record.kind == RecordKind::claim) claimed_at_.reset();
        if (counts && record.kind != RecordKind::release) renew_lease(record.sequence);
        while (!sent_.empty() && sent_.front().sequence <= record.sequence) sent_.pop_front();
    }
    if (counts) last_seen_ = now;

    Read result{counts, Change::none};
    const bool is_other = !is_owner() || log_.epoch() != epoch_before;
    if (has_begun_ && is_other) {
        has_begun_ = false;
        result.change = Change::ended;
    }
    if (is_owner() && counts && record.kind == RecordKind::claim && record.sequence > anew_) {
        has_begun_ = true;
        result.change = Change::began;
    }
    if (!has_begun_) lease_until_ = {};
    return result;
}

void Ownership::renew_lease(std::uint64_t sequence) {
    // A record that is not in `sent_` renews nothing: when it was sent is unknown.
    const auto found = std::ranges::find(sent_, sequence, &Sent::sequence);
    if (found != sent_.end()) lease_until_ = std::max(lease_until_, found->at + timing_.lease);
}

void Ownership::reached_end(BootTime now) {
    if (at_end_) return;
    at_end_ = true;
    // What was read until now may be old: an owner may have begun a lease just before.
    last_seen_ = now;
}

void Ownership::read_anew() {
    log_ = {};
    has_begun_ = false;
    anew_ = sequence_;
    lease_until_ = {};
    at_end_ = false;
}

BootTime Ownership::claim_time(unsigned owned) const {
    const auto wait = std::min(timing_.step * owned, timing_.longest_step);
    // A release ends the lease of its sender before it is sent.
    const bool must_wait = log_.owner().has_value() || is_releasing();
    return last_seen_ + wait + (must_wait ? timing_.claim_after : BootTime{});
}

Ownership::Step Ownership::next(BootTime now, unsigned owned) const {
    if (is_owner()) return next_of_owner(now);
    if (!eligible_ || !at_end_ || !log_.is_readable()) return {Action::none, now + timing_.claim_after};
    auto due = claim_time(owned);
    if (claimed_at_) due = std::max(due, *claimed_at_ + timing_.claim_after);
    return now >= due ? Step{Action::claim, now} : Step{Action::none, due};
}

Ownership::Step Ownership::next_of_owner(BootTime now) const {
    if (is_releasing() || !has_begun_) {
        // The stream is given back, once more if the first release is lost.
        const auto due = last_sent_ + timing_.claim_after;
        if (!at_end_) return {Action::none, now + timing_.heartbeat};
        return !is_releasing() || now >= due ? Step{Action::release, now} : Step{Action::none, due};
    }
    if (sent_.size() >= max_unread_records) return {Action::none, now + timing_.heartbeat};
    const auto due = last_sent_ + timing_.heartbeat;
    return now >= due ? Step{Action::heartbeat, now} : Step{Action::none, due};
}

RecordHeader Ownership::send(RecordKind kind, BootTime now) {
    RecordHeader record{.kind = kind, .epoch = log_.epoch(), .node = self_, .sequence = ++sequence_};
    if (kind == RecordKind::claim) {
        ++record.epoch;
        record.after = log_.last_counting();
        claimed_at_ = now;
    }
    sent_.push_back({record.sequence, now});
    last_sent_ = now;
    return record;
}

}  // namespace pintle::journal::kafka
