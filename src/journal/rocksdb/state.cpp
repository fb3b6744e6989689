#include "rocksdb/state.hpp"

#include <algorithm>
#include <stdexcept>

#include "pintle/logging/logging.hpp"
#include "varint.hpp"

namespace pintle::journal {

std::string DeadLetterTotals::encode() const {
    std::string out;
    for (const auto number : {first, next, count, bytes, appended, replayed, purged, evicted, accounted_from})
        put_varint(out, number);
    return out;
}

std::optional<DeadLetterTotals> DeadLetterTotals::decode(std::string_view bytes) {
    DeadLetterTotals totals;
    for (auto* number : {&totals.first, &totals.next, &totals.count, &totals.bytes}) {
        const auto decoded = get_varint(bytes);
        if (!decoded) return std::nullopt;
        *number = *decoded;
    }
    totals.accounted_from = totals.next;
    if (bytes.empty()) return totals;  // an older version did not store the rest
    for (auto* number : {&totals.appended, &totals.replayed, &totals.purged, &totals.evicted}) {
        const auto decoded = get_varint(bytes);
        if (!decoded) return std::nullopt;
        *number = *decoded;
    }
    if (const auto decoded = get_varint(bytes)) totals.accounted_from = *decoded;
    return totals;
}

std::string DeadLetterAccount::encode() const {
    std::string out;
    for (const auto number : {first, count, bytes}) put_varint(out, number);
    return out;
}

std::optional<DeadLetterAccount> DeadLetterAccount::decode(std::string_view bytes) {
    DeadLetterAccount account;
    for (auto* number : {&account.first, &account.count, &account.bytes}) {
        const auto decoded = get_varint(bytes);
        if (!decoded) return std::nullopt;
        *number = *decoded;
    }
    return account;
}

std::string Losses::encode() const {
    std::string out;
    for (const auto number : {records, letters, unused_letters}) put_varint(out, number);
    return out;
}

std::optional<Losses> Losses::decode(std::string_view bytes) {
    Losses losses;
    for (auto* number : {&losses.records, &losses.letters, &losses.unused_letters}) {
        const auto decoded = get_varint(bytes);
        if (!decoded) return std::nullopt;
        *number = *decoded;
        if (bytes.empty()) break;  // an older version counted only records
    }
    return losses;
}

StreamState& Streams::emplace_back() {
    const auto index = size_.load(std::memory_order_relaxed);
    const auto block = block_of(index);
    if (blocks_.at(block).empty()) blocks_[block] = std::vector<StreamState>(std::size_t{1} << block);
    size_.store(index + 1, std::memory_order_release);
    return at_place(blocks_, index);
}

std::size_t Streams::checked(std::size_t index) const {
    if (index >= size()) throw std::out_of_range("the journal has no stream " + std::to_string(index + 1));
    return index;
}

void StreamState::count_delivered() {
    const auto gone = lost.records + letters_of_records();
    delivered = acked.size() - std::min(gone, acked.size());
}

void State::mark_lost(Stream id, Range records) {
    const MutexLock lock(mutex);
    auto& lost_from = stream(id);
    for (const auto& lost : lost_from.acked.missing(records)) {
        logging::critical("records_lost destination={} first={} last={}", lost_from.name, lost.begin, lost.end - 1);
        lost_from.ack_bytes_of(lost.end - lost.begin);
        lost_from.acked.add(lost);
        lost_from.lost.records += lost.end - lost.begin;
        lost_from.dirty = true;
        dirty = true;
    }
}

Ledger StreamState::ledger() const {
    Ledger ledger;
    ledger.accepted = last - letters.replayed + letters.appended;
    ledger.delivered = delivered;
    ledger.backlog = pending();
    ledger.lost = lost.records + lost.letters;
    ledger.dead_lettered = letters.total() - lost.letters - lost.unused_letters + unwritten_letters;
    ledger.retained = letters.count + unwritten_letters;
    ledger.replayed = letters.replayed;
    ledger.purged = letters.purged;
    ledger.evicted = letters.evicted;
    ledger.replayed_out = ledger.dead_lettered - ledger.retained - letters.purged - letters.evicted;
    return ledger;
}

bool StreamState::over_share() const {
    const auto share = max_bytes.load(std::memory_order_relaxed);
    return share > 0 && occupied.load(std::memory_order_relaxed) > share;
}

void StreamState::ack_bytes_of(std::uint64_t records) {
    const auto count = std::max(pending(), records);
    if (count == 0) return;
    acked_bytes += records == count ? pending_bytes() : pending_bytes() / count * records;
}

std::size_t size_of(const DeadLetter& letter) {
    return sizeof(DeadLetter) + letter.event.size() + letter.path.size() + letter.body.size() + letter.message.size() +
           letter.response_body.size();
}

std::size_t size_of(const WriteBatch& append) {
    std::size_t total = sizeof(PendingAppend) + append.message_ids.size() * sizeof(append.message_ids[0]) +
                        append.removed.size() * sizeof(append.removed[0]);
    for (const auto& record : append.records) total += sizeof(record) + record.bytes.size();
    for (const auto& entry : append.dead_letters) total += size_of(entry.letter);
    return total;
}

}  // namespace pintle::journal
