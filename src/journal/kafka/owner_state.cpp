#include "owner_state.hpp"

#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "dead_letter_codec.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::journal::kafka {
namespace {

// A delta of these fits in a record of a ledger with room to spare.
constexpr std::size_t max_admitted = 20'000;
constexpr std::size_t max_letters = 10'000;
constexpr std::uint64_t max_undelivered = 10'000;  // each may be a range of its own

}  // namespace

std::size_t OwnerState::Hasher::operator()(const MessageHash& hash) const noexcept {
    std::size_t number = 0;
    std::memcpy(&number, hash.data(), sizeof(number));
    return number;
}

OwnerState::OwnerState(const LedgerState& ledger, std::chrono::milliseconds window)
    : ledger_(ledger),
      window_(window),
      acked_(ledger.acked()),
      copies_(ledger.copies()),
      next_read_(ledger.frontier()),
      frontier_(ledger.frontier()) {
    next_.frontier = frontier_;
    if (window_.count() == 0) return;
    ledger_.admitted_since(WallTime{}, [this](const MessageHash& hash, WallTime written) { hashes_[hash] = written; });
}

OwnerState::Action OwnerState::read(Offset offset, std::string_view bytes,
                                    const boost::system::result<Entry, DecodeError>& entry, WallTime appended) {
    if (offset < next_read_) return Action::none;
    if (offset > next_read_) return Action::read_again;
    next_read_ = offset + 1;
    auto& record = waiting_.emplace_back();
    record.begin = offset;
    record.end = offset + 1;
    record.appended = appended;
    record.is_lost = !entry;
    if (!entry) return Action::none;
    waiting_bytes_ += bytes.size();
    record.kind = entry->kind;
    record.letters = entry->letters;
    record.event = entry->event;
    switch (record.kind) {
        case EntryKind::replay: record.bytes = entry->bytes; return Action::none;
        case EntryKind::event:
            record.bytes = entry->bytes;
            if (const auto decoded = decode(record.bytes)) record.message = decoded->message;
            return Action::none;
        case EntryKind::letter:
            record.bytes = entry->bytes;
            record.message = entry->message;
            record.is_done = is_duplicate(record);
            return record.is_done ? Action::none : Action::write_letter;
        case EntryKind::command: record.is_done = false; return Action::run_command;
        case EntryKind::purge:
        case EntryKind::discard:
        case EntryKind::copy: return Action::none;
    }
    return Action::none;
}

std::uint64_t OwnerState::lose_before(Offset start) {
    if (start <= next_read_) return 0;
    auto& run = waiting_.emplace_back();
    run.begin = next_read_;
    run.end = start;
    run.is_lost = true;
    next_read_ = start;
    return run.end - run.begin;
}

OwnerState::Waiting* OwnerState::find_waiting(Offset offset) {
    const auto found = std::ranges::lower_bound(waiting_, offset, {}, &Waiting::begin);
    return found == waiting_.end() || found->begin != offset ? nullptr : &*found;
}

void OwnerState::finish_letter(Offset offset, NamedLetter letter) {
    auto* const record = find_waiting(offset);
    if (record == nullptr) return;
    record->letter = letter;
    record->is_done = true;
}

void OwnerState::finish_command(Offset offset) {
    if (auto* const record = find_waiting(offset)) record->is_done = true;
}

void OwnerState::admit(std::vector<StoredRecord>& admitted) {
    while (!waiting_.empty() && waiting_.front().is_done && has_room()) {
        auto& record = waiting_.front();
        const auto size = record.bytes.size();
        if (!decide(record, admitted)) return;
        frontier_ = record.end;
        waiting_bytes_ -= std::min(waiting_bytes_, size);
        waiting_.pop_front();
    }
    if (waiting_.empty()) waiting_bytes_ = 0;
}

bool OwnerState::has_room() const {
    return next_.admitted.size() < max_admitted && next_.dead_letters.size() < max_letters &&
           next_.removed_letters.size() < max_letters &&
           next_.duplicates + next_.commands + next_.moved.size() < max_undelivered;
}

// Returns false if only a part is done and the next delta has no room for the rest.
bool OwnerState::decide(Waiting& record, std::vector<StoredRecord>& admitted) {
    if (record.is_lost) {
        lose(record);
        return true;
    }
    switch (record.kind) {
        case EntryKind::event:
        case EntryKind::replay: decide_event(record, admitted); return true;
        case EntryKind::letter: decide_letter(record); return true;
        case EntryKind::purge:
            for (const auto letter : record.letters) remove_letter(letter, LetterRemoval::purged);
            ack_undelivered(record.begin, &Delta::commands);
            return true;
        case EntryKind::command: ack_undelivered(record.begin, &Delta::commands); return true;
        case EntryKind::discard: return discard(record);
        case EntryKind::copy: decide_copy(record); return true;
    }
    return true;
}

void OwnerState::decide_event(Waiting& record, std::vector<StoredRecord>& admitted) {
    bool is_repeated = is_duplicate(record);
    if (record.kind == EntryKind::replay) {
        ++next_.replays;
        is_repeated = !remove_letter(record.letters.front(), LetterRemoval::replayed);
    }
    if (is_repeated) return drop(record);
    remember(record);
    admitted.push_back({record.begin, std::move(record.bytes)});
}

void OwnerState::decide_letter(const Waiting& record) {
    // A letter that was written for a repetition stays without a name.
    if (is_duplicate(record) || !record.letter) return drop(record);
    remember(record);
    acked_.add(record.begin);
    finish_dead_letter(record.begin, *record.letter);
}

void OwnerState::decide_copy(const Waiting& record) {
    const auto from = copies_.record_of(record.event);
    // A delta moves an event once.
    const bool is_moved = from != record.event && find_move(from) != next_.moved.end();
    if (!is_pending(record.event) || is_moved) return ack_undelivered(record.begin, &Delta::commands);
    acked_.add(from);
    copies_.move(from, record.begin);
    next_.moved.push_back({from, record.begin});
}

void OwnerState::drop(const Waiting& record) {
    ack_undelivered(record.begin, &Delta::duplicates);
    if (record.kind == EntryKind::letter) {
        if (auto letter = decode_letter(record.begin, record.bytes))
            duplicates_.push_back({std::move(letter->source), std::move(letter->event), letter->received,
                                   record.message.value_or(MessageHash{})});
    } else if (record.kind == EntryKind::event) {  // another replay of a letter is no event that was accepted
        if (const auto event = decode(record.bytes))
            duplicates_.push_back(
                {std::string(event->source), std::string(event->event), event->received, event->message});
    }
}

bool OwnerState::is_duplicate(const Waiting& record) const {
    if (!record.message || window_.count() == 0) return false;
    const auto found = hashes_.find(*record.message);
    return found != hashes_.end() && found->second >= record.appended - window_;
}

void OwnerState::remember(const Waiting& record) {
    if (!record.message || *record.message == MessageHash{} || window_.count() == 0) return;
    hashes_[*record.message] = record.appended;
    next_.admitted.push_back(*record.message);
}

bool OwnerState::has_letter(Offset offset) const {
    return (ledger_.has_letter(offset) || named_.contains(offset)) && !removed_.contains(offset);
}

bool OwnerState::remove_letter(Offset offset, LetterRemoval cause) {
    if (!has_letter(offset)) return false;
    removed_.insert(offset);
    const auto found = ledger_.letters().find(offset);
    if (found != ledger_.letters().end()) removed_bytes_ += found->second;
    next_.removed_letters.push_back({offset, cause});
    return true;
}

void OwnerState::evict_letters(std::uint64_t max_bytes) {
    for (const auto& [offset, bytes] : ledger_.letters()) {
        if (ledger_.letter_bytes() - removed_bytes_ <= max_bytes || !has_room()) return;
        remove_letter(offset, LetterRemoval::evicted);
    }
}

bool OwnerState::discard(const Waiting& record) {
    std::vector<Offset> letters(named_.begin(), named_.end());
    for (const auto& [offset, bytes] : ledger_.letters()) letters.push_back(offset);
    for (const auto letter : letters) {
        if (!has_room()) return false;
        remove_letter(letter, LetterRemoval::purged);
    }
    for (const auto& range : acked_.missing({0, record.begin})) {
        acked_.add(range);
        next_.acked.add(range);
        next_.discarded += range.end - range.begin;
        copies_.erase(range);
    }
    // The next delta acks both records of an event that it would have moved, and only one of them is an event.
    for (const auto& move : next_.moved) {
        next_.acked.add(move.from);
        ++next_.commands;
    }
    next_.moved.clear();
    ack_undelivered(record.begin, &Delta::commands);
    std::set<std::string> names;
    for (const auto& [name, value] : ledger_.all_metadata()) names.insert(name);
    for (const auto& [name, value] : metadata_) names.insert(name);
    for (const auto& name : names) set_metadata(name, "");
    return true;
}

void OwnerState::lose(const Waiting& run) {
    for (const auto& range : acked_.missing({run.begin, run.end})) {
        acked_.add(range);
        next_.acked.add(range);
        next_.lost += range.end - range.begin;
    }
}

// Also of a record that is not admitted.
void OwnerState::ack_undelivered(Offset record, std::uint64_t Delta::* counter) {
    acked_.add(record);
    next_.acked.add(record);
    ++(next_.*counter);
}

std::vector<MovedEvent>::iterator OwnerState::find_move(Offset to) {
    return std::ranges::find(next_.moved, to, &MovedEvent::to);
}

bool OwnerState::is_pending(Offset event) const {
    const auto record = copies_.record_of(event);
    return record < frontier_ && !acked_.contains(record);
}

// The event is not pending any more. A delta either moves or acks it, so a move that no delta has is taken back.
bool OwnerState::take(Offset event) {
    if (!is_pending(event)) return false;
    const auto record = copies_.record_of(event);
    acked_.add(record);
    if (record == event) return true;
    const auto move = find_move(record);
    if (move == next_.moved.end()) return true;
    ack_undelivered(record, &Delta::commands);
    copies_.move(record, move->from);
    next_.moved.erase(move);
    return true;
}

// The next delta acks the event.
void OwnerState::resolve(Offset event) {
    const auto record = copies_.record_of(event);
    next_.acked.add(record);
    copies_.erase({record, record + 1});
}

bool OwnerState::ack(Offset offset) {
    if (!take(offset)) return false;
    resolve(offset);
    return true;
}

bool OwnerState::lose(Offset offset) {
    if (!take(offset)) return false;
    resolve(offset);
    ++next_.lost;
    return true;
}

bool OwnerState::begin_dead_letter(Offset offset) {
    return take(offset);
}

void OwnerState::finish_dead_letter(Offset offset, NamedLetter letter) {
    resolve(offset);
    next_.dead_letters.push_back(letter);
}

std::optional<std::string> OwnerState::metadata(std::string_view name) const {
    const auto found = metadata_.find(name);
    return found == metadata_.end() ? ledger_.metadata(name) : std::optional(found->second);
}

void OwnerState::set_metadata(std::string_view name, std::string_view value) {
    metadata_.insert_or_assign(std::string(name), std::string(value));
    next_.metadata.emplace_back(name, value);
}

bool OwnerState::is_dirty() const {
    return next_.acked.size() > 0 || !next_.admitted.empty() || !next_.removed_letters.empty() ||
           !next_.metadata.empty() || next_.frontier != frontier_;
}

Delta OwnerState::take_delta(WallTime written) {
    auto delta = std::exchange(next_, {});
    delta.written = written;
    delta.frontier = frontier_;
    next_.frontier = frontier_;
    for (const auto& letter : delta.dead_letters) named_.insert(letter.offset);
    return delta;
}

void OwnerState::read_back(const Delta& delta) {
    for (const auto& letter : delta.dead_letters) named_.erase(letter.offset);
    for (const auto& letter : delta.removed_letters) removed_.erase(letter.offset);
    removed_bytes_ = 0;
    for (const auto offset : removed_) {
        const auto found = ledger_.letters().find(offset);
        if (found != ledger_.letters().end()) removed_bytes_ += found->second;
    }
}

void OwnerState::forget(const MessageHash& hash, WallTime before) {
    const auto found = hashes_.find(hash);
    if (found != hashes_.end() && found->second < before) hashes_.erase(found);
}

}  // namespace pintle::journal::kafka
