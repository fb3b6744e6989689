#include "journal/state.hpp"

#include <algorithm>

#include "journal/varint.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::journal {

std::string LetterTotals::encode() const {
    std::string out;
    for (const auto number : {first, next, count, bytes, appended, replayed, purged, dropped, accounted_from})
        put_varint(out, number);
    return out;
}

std::optional<LetterTotals> LetterTotals::decode(std::string_view bytes) {
    LetterTotals totals;
    for (auto* number : {&totals.first, &totals.next, &totals.count, &totals.bytes}) {
        const auto taken = take_varint(bytes);
        if (!taken) return std::nullopt;
        *number = *taken;
    }
    totals.accounted_from = totals.next;
    if (bytes.empty()) return totals;  // of a version that did not count the rest
    for (auto* number : {&totals.appended, &totals.replayed, &totals.purged, &totals.dropped}) {
        const auto taken = take_varint(bytes);
        if (!taken) return std::nullopt;
        *number = *taken;
    }
    if (const auto taken = take_varint(bytes)) totals.accounted_from = *taken;
    return totals;
}

std::string LetterAccount::encode() const {
    std::string out;
    for (const auto number : {first, count, bytes}) put_varint(out, number);
    return out;
}

std::optional<LetterAccount> LetterAccount::decode(std::string_view bytes) {
    LetterAccount account;
    for (auto* number : {&account.first, &account.count, &account.bytes}) {
        const auto taken = take_varint(bytes);
        if (!taken) return std::nullopt;
        *number = *taken;
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
        const auto taken = take_varint(bytes);
        if (!taken) return std::nullopt;
        *number = *taken;
        if (bytes.empty()) break;  // of a version that counted records alone
    }
    return losses;
}

void LogState::count_delivered() {
    const auto gone = lost.records + letters_of_records();
    delivered = settled.size() - std::min(gone, settled.size());
}

void State::lose(Log id, Range records) {
    const std::lock_guard lock(mutex);
    auto& lost_from = log(id);
    for (const auto& lost : lost_from.settled.missing(records)) {
        logging::critical("records_lost destination={} first={} last={}", lost_from.name, lost.begin, lost.end - 1);
        lost_from.settle_bytes_of(lost.end - lost.begin);
        lost_from.settled.add(lost);
        lost_from.lost.records += lost.end - lost.begin;
        lost_from.dirty = true;
        dirty = true;
    }
}

Ledger LogState::ledger() const {
    Ledger ledger;
    ledger.accepted = last - letters.replayed + letters.appended;
    ledger.delivered = delivered;
    ledger.backlog = unsettled();
    ledger.lost = lost.records + lost.letters;
    ledger.dead = letters.ever() - lost.letters - lost.unused_letters + dying;
    ledger.kept = letters.count + dying;
    ledger.replayed = letters.replayed;
    ledger.purged = letters.purged;
    ledger.dropped = letters.dropped;
    ledger.left = ledger.dead - ledger.kept - letters.purged - letters.dropped;
    return ledger;
}

bool LogState::over_share() const {
    const auto share = max_bytes.load(std::memory_order_relaxed);
    return share > 0 && occupied.load(std::memory_order_relaxed) > share;
}

void LogState::settle_bytes_of(std::uint64_t records) {
    const auto pending = std::max(unsettled(), records);
    if (pending == 0) return;
    settled_bytes += records == pending ? pending_bytes() : pending_bytes() / pending * records;
}

std::size_t size_of(const DeadLetter& letter) {
    return sizeof(DeadLetter) + letter.event.size() + letter.path.size() + letter.body.size() + letter.message.size() +
           letter.answer.size();
}

std::size_t size_of(const Append& append) {
    std::size_t total = sizeof(Waiting) + append.seen.size() * sizeof(append.seen[0]) +
                        append.removed.size() * sizeof(append.removed[0]);
    for (const auto& record : append.records) total += sizeof(record) + record.bytes.size();
    for (const auto& letter : append.dead_letters) total += size_of(letter.second);
    return total;
}

}  // namespace pintle::journal
