#include "journal/losses.hpp"

#include <algorithm>
#include <optional>

#include "journal/keys.hpp"
#include "journal/letter_codec.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::journal {
namespace {

struct Letters {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    LetterAccounts accounts;
};

// Nothing where a part of them cannot be read.
std::optional<Letters> count_letters(const Store& store, Log log) {
    Letters letters;
    auto cursor = store.scan(Column::letters, keys::numbered(log, 0), keys::numbered(log + 1, 0));
    for (; cursor.valid(); cursor.next()) {
        ++letters.count;
        letters.bytes += cursor.value().size();
        const LetterAccount fresh{keys::number_of(cursor.key()), 0, 0};
        auto& account = letters.accounts.emplace(source_of_letter(cursor.value()), fresh).first->second;
        ++account.count;
        account.bytes += cursor.value().size();
    }
    if (cursor.is_damaged()) return std::nullopt;
    cursor.check();
    return letters;
}

void take_count(const Letters& found, LogState& log) {
    auto& totals = log.letters;
    for (auto& [source, account] : log.letter_accounts) account = {};  // those that stay so are deleted
    for (const auto& [source, account] : found.accounts) log.letter_accounts.insert_or_assign(source, account);
    totals.accounted_from = 1;
    if (found.count < totals.count) {
        const auto missing = totals.count - found.count;
        logging::critical("dead_letters_lost destination={} count={}", log.name, missing);
        log.lost.letters += missing;
    } else {  // their removal was lost
        totals.purged -= std::min(totals.purged, found.count - totals.count);
    }
    totals.count = found.count;
    totals.bytes = found.bytes;
}

Intervals intervals_of(const std::string& encoded) {
    return Intervals::decode(encoded).value_or(Intervals{});
}

// Of `missing` records, those that were not known to be settled are lost.
void lose_records(LogState& log, Range missing, const Intervals& known) {
    for (const auto& lost : known.missing(missing)) {
        logging::critical("records_lost destination={} first={} last={}", log.name, lost.begin, lost.end - 1);
        log.lost.records += lost.end - lost.begin;
    }
    log.settled.add(missing);
}

// Letters of records that are pending again, as the commit that kept their letters was lost.
std::uint64_t returned_letters(const LogState& log, const Intervals& died) {
    std::uint64_t returned = 0;
    for (auto range : died.ranges()) {
        range.end = std::min(range.end, log.last + 1);
        for (const auto& pending : log.settled.missing(range)) returned += pending.end - pending.begin;
    }
    return returned;
}

// The letters between those that are known on disk and those that were acknowledged.
bool lose_latest_letters(LogState& log, const StreamMark& mark) {
    auto& totals = log.letters;
    totals.replayed = std::max(totals.replayed, mark.letters.replayed);
    if (mark.letters.next <= totals.next) return false;
    const auto from = std::min(std::max(totals.next, mark.letters.first), mark.letters.next);
    const auto missing = mark.letters.next - from;
    const auto returned = std::min(missing, returned_letters(log, intervals_of(mark.died)));
    if (missing > returned) {
        logging::critical("dead_letters_lost destination={} count={} first={} last={}", log.name, missing - returned,
                          from, mark.letters.next - 1);
    }
    log.lost.letters += missing - returned;
    log.lost.unused_letters += returned;
    totals.next = mark.letters.next;
    totals.appended = std::max(totals.appended, mark.letters.appended);
    return true;
}

void lose_holes(const Store& store, LogState& log, const Intervals& known) {
    for (const auto& hole : find_holes(store, log.id, log.settled, log.last)) {
        log.settle_bytes_of(hole.end - hole.begin);
        lose_records(log, hole, known);
    }
    if (const auto letters = count_letters(store, log.id)) take_count(*letters, log);
}

void add_missing_logs(const HighWatermark& mark, State& state) {
    for (const auto& stream : mark.streams) {
        if (state.logs.size() < stream.id) state.logs.resize(stream.id);
        auto& log = state.log(stream.id);
        if (log.id != 0) continue;
        log.id = stream.id;
        log.name = stream.name;
    }
}

}  // namespace

std::vector<Range> find_holes(const Store& store, Log log, const Intervals& settled, Position last) {
    std::vector<Range> holes;
    auto expected = settled.first_outside(1);
    const auto add = [&](Position until) {
        for (const auto& hole : settled.missing({expected, until})) holes.push_back(hole);
    };
    auto cursor = store.scan(Column::records, keys::numbered(log, expected), keys::numbered(log, last + 1));
    for (; cursor.valid(); cursor.next()) {
        const auto found = keys::number_of(cursor.key());
        if (found > expected) add(found);
        expected = found + 1;
    }
    if (cursor.is_damaged()) return holes;
    cursor.check();
    if (expected <= last) add(last + 1);
    return holes;
}

bool count_losses(const Store& store, State& state) {
    const auto& mark = store.watermark();
    if (!mark) return false;
    add_missing_logs(*mark, state);
    bool changed = store.has_holes();
    for (auto& log : state.logs) {
        const auto* stream = mark->find(log.id);
        const auto known = stream != nullptr ? intervals_of(stream->settled) : Intervals{};
        if (store.has_holes()) lose_holes(store, log, known);
        if (stream == nullptr) continue;
        changed |= lose_latest_letters(log, *stream);
        if (stream->last > log.last) {
            lose_records(log, {log.last + 1, stream->last + 1}, known);
            log.last = stream->last;
            changed = true;
        }
    }
    return changed;
}

void count_losses_of_running(const Store& store, State& state) {
    struct Known {
        Log id;
        Intervals settled;
        Position last;
    };
    std::vector<Known> logs;
    {
        const std::lock_guard lock(state.mutex);
        for (const auto& log : state.logs) logs.push_back({log.id, log.settled, log.last});
    }
    for (const auto& known : logs) {
        const auto holes = find_holes(store, known.id, known.settled, known.last);
        const auto letters = count_letters(store, known.id);
        for (const auto& hole : holes) state.lose(known.id, hole);
        const std::lock_guard lock(state.mutex);
        if (letters) take_count(*letters, state.log(known.id));
    }
}

}  // namespace pintle::journal
