#include "ledger_state.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "varint.hpp"

namespace pintle::journal::kafka {
namespace {

constexpr std::array counters{&LedgerCounts::delivered, &LedgerCounts::dead_lettered, &LedgerCounts::duplicates,
                              &LedgerCounts::lost,      &LedgerCounts::commands,      &LedgerCounts::replays,
                              &LedgerCounts::copied,    &LedgerCounts::replayed,      &LedgerCounts::purged,
                              &LedgerCounts::evicted};

void put_numbers(std::string& out, const std::map<Offset, std::uint64_t>& numbers) {
    put_varint(out, numbers.size());
    for (const auto& [key, value] : numbers) {
        put_varint(out, key);
        put_varint(out, value);
    }
}

// Returns false if it is cut off.
bool get_numbers(std::string_view& in, std::map<Offset, std::uint64_t>& numbers) {
    const auto count = get_varint(in);
    if (!count || *count > in.size() / 2) return false;
    for (auto left = *count; left > 0; --left) {
        const auto key = get_varint(in);
        const auto value = key ? get_varint(in) : std::nullopt;
        if (!value) return false;
        numbers.insert_or_assign(numbers.end(), *key, *value);
    }
    return true;
}

}  // namespace

ApplyResult LedgerState::apply(LedgerOffset offset, const LedgerRecord& record) {
    // Where the log's start is deleted, its first record is the first part of a snapshot.
    if (!std::exchange(started_, true) && record.header.kind == RecordKind::snapshot && offset > 0) complete_ = false;
    if (record.header.kind == RecordKind::snapshot) return apply_part(offset, record.snapshot);
    // The parts of a snapshot stand one after another; this one was not finished.
    next_part_ = 0;
    if (record.header.kind != RecordKind::delta) return ApplyResult::applied;
    if (!complete_ || !is_valid(record.delta)) return ApplyResult::invalid;
    apply(record.delta);
    return ApplyResult::applied;
}

bool LedgerState::is_valid(const Delta& delta) const {
    // Every event is acked once, and for one cause.
    const auto acked = delta.acked.ranges();
    if (!std::ranges::all_of(acked,
                             [&](const Range& range) { return acked_.first_inside(range.begin) >= range.end; })) {
        return false;
    }
    auto unexplained = delta.acked.size();
    for (const auto part :
         {delta.duplicates, delta.lost, delta.commands, delta.discarded, std::uint64_t{delta.dead_letters.size()}}) {
        if (part > unexplained) return false;
        unexplained -= part;
    }
    std::set<Offset> seen;
    for (const auto& [from, to] : delta.moved) {
        if (acked_.contains(from) || delta.acked.contains(from) || !seen.insert(from).second) return false;
        if (acked_.contains(to) || delta.acked.contains(to) || copies_.is_copy(to) || !seen.insert(to).second) {
            return false;
        }
    }
    seen.clear();
    for (const auto& letter : delta.dead_letters) {
        if (letters_.contains(letter.offset) || !seen.insert(letter.offset).second) return false;
    }
    seen.clear();
    return std::ranges::all_of(delta.removed_letters, [&](const RemovedLetter& letter) {
        return letters_.contains(letter.offset) && seen.insert(letter.offset).second;
    });
}

void LedgerState::apply(const Delta& delta) {
    for (const auto& range : delta.acked.ranges()) {
        acked_.add(range);
        copies_.erase(range);
    }
    const std::uint64_t dead_lettered = delta.dead_letters.size();
    frontier_ = std::max(frontier_, delta.frontier);
    counts_.delivered +=
        delta.acked.size() - delta.duplicates - delta.lost - delta.commands - delta.discarded - dead_lettered;
    counts_.duplicates += delta.duplicates;
    counts_.lost += delta.lost;
    counts_.commands += delta.commands;
    counts_.replays += delta.replays;
    counts_.dead_lettered += dead_lettered + delta.discarded;
    counts_.purged += delta.discarded;
    for (const auto& [offset, bytes] : delta.dead_letters) {
        letters_.emplace(offset, bytes);
        letter_bytes_ += bytes;
        letters_end_ = std::max(letters_end_, offset + 1);
    }
    for (const auto& [offset, cause] : delta.removed_letters) {
        const auto letter = letters_.find(offset);
        letter_bytes_ -= letter->second;
        letters_.erase(letter);
        switch (cause) {
            case LetterRemoval::replayed: ++counts_.replayed; break;
            case LetterRemoval::purged: ++counts_.purged; break;
            case LetterRemoval::evicted: ++counts_.evicted; break;
        }
    }
    for (const auto& [from, to] : delta.moved) {
        copies_.move(from, to);
        acked_.add(from);
        ++counts_.copied;
    }
    for (const auto& [name, value] : delta.metadata) {
        if (value) {
            metadata_.insert_or_assign(name, *value);
        } else {
            metadata_.erase(name);
        }
    }
    if (!delta.admitted.empty()) admitted_.push_back({delta.written, delta.admitted});
}

ApplyResult LedgerState::apply_part(LedgerOffset offset, const SnapshotPart& part) {
    if (part.part == 0) {
        part_offset_ = offset;
        next_part_ = 0;
        parts_.clear();
    }
    if (part.part != next_part_) {
        next_part_ = 0;
        return ApplyResult::invalid;
    }
    ++next_part_;
    if (!complete_) parts_ += part.bytes;
    if (next_part_ < part.parts) return ApplyResult::applied;

    next_part_ = 0;
    if (!complete_ && !load(std::exchange(parts_, {}))) return ApplyResult::invalid;
    complete_ = true;
    snapshot_offset_ = part_offset_;
    return ApplyResult::applied;
}

std::optional<std::string> LedgerState::metadata(std::string_view name) const {
    const auto found = metadata_.find(name);
    if (found == metadata_.end()) return std::nullopt;
    return found->second;
}

void LedgerState::admitted_since(WallTime since, const std::function<void(const MessageHash&, WallTime)>& visit) const {
    for (const auto& [written, hashes] : admitted_) {
        if (written < since) continue;
        for (const auto& hash : hashes) visit(hash, written);
    }
}

void LedgerState::forget_admitted(WallTime before, const std::function<void(const MessageHash&)>& visit) {
    while (!admitted_.empty() && admitted_.front().written < before) {
        for (const auto& hash : admitted_.front().hashes) visit(hash);
        admitted_.pop_front();
    }
}

// A state: the counters | frontier | end of the letters | acked as a text | letters | copies | the number of metadata,
// name and value each.
std::string LedgerState::encode() const {
    std::string out;
    for (const auto counter : counters) put_varint(out, counts_.*counter);
    put_varint(out, frontier_);
    put_varint(out, letters_end_);
    put_text(out, acked_.encode());
    put_numbers(out, letters_);
    put_numbers(out, copies_.events());
    put_varint(out, metadata_.size());
    for (const auto& [name, value] : metadata_) {
        put_text(out, name);
        put_text(out, value);
    }
    return out;
}

bool LedgerState::load(std::string_view in) {
    LedgerState state;
    for (const auto counter : counters) {
        const auto number = get_varint(in);
        if (!number) return false;
        state.counts_.*counter = *number;
    }
    const auto frontier = get_varint(in);
    const auto letters_end = frontier ? get_varint(in) : std::nullopt;
    if (!letters_end) return false;
    state.frontier_ = *frontier;
    state.letters_end_ = *letters_end;
    const auto ranges = get_text(in);
    auto acked = ranges ? Intervals::decode(*ranges) : std::nullopt;
    if (!acked || acked->size() != state.counts_.acked()) return false;
    state.acked_ = std::move(*acked);
    if (!get_numbers(in, state.letters_) || state.letters_.size() != state.counts_.retained()) return false;
    for (const auto& [offset, bytes] : state.letters_) state.letter_bytes_ += bytes;
    std::map<Offset, std::uint64_t> copies;
    if (!get_numbers(in, copies)) return false;
    for (const auto& [record, event] : copies) {
        const bool is_pending = state.acked_.contains(event) && !state.acked_.contains(record);
        if (!is_pending || state.copies_.record_of(event) != event) return false;
        state.copies_.move(event, record);
    }
    const auto count = get_varint(in);
    if (!count) return false;
    for (auto left = *count; left > 0; --left) {
        const auto name = get_text(in);
        const auto value = name ? get_text(in) : std::nullopt;
        if (!value) return false;
        state.metadata_.insert_or_assign(std::string(*name), *value);
    }
    if (!in.empty()) return false;

    acked_ = std::move(state.acked_);
    frontier_ = state.frontier_;
    letters_end_ = state.letters_end_;
    counts_ = state.counts_;
    letters_ = std::move(state.letters_);
    letter_bytes_ = state.letter_bytes_;
    copies_ = std::move(state.copies_);
    metadata_ = std::move(state.metadata_);
    return true;
}

}  // namespace pintle::journal::kafka
