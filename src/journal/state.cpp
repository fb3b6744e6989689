#include "journal/state.hpp"

#include "journal/varint.hpp"

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

Ledger LogState::ledger() const {
    Ledger ledger;
    ledger.accepted = last - letters.replayed + letters.appended;
    ledger.delivered = delivered;
    ledger.backlog = unsettled();
    ledger.lost = lost;
    ledger.dead = letters.ever() + dying;
    ledger.kept = letters.count + dying;
    ledger.replayed = letters.replayed;
    ledger.purged = letters.purged;
    ledger.dropped = letters.dropped;
    ledger.left = letters.ever() - letters.count - letters.purged - letters.dropped;
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
    return sizeof(DeadLetter) + letter.event.size() + letter.path.size() + letter.body.size() + letter.reason.size() +
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
