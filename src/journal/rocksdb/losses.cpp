#include "rocksdb/losses.hpp"

#include <algorithm>
#include <optional>

#include "dead_letter_codec.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/keys.hpp"

namespace pintle::journal {
namespace {

struct Letters {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    DeadLetterAccounts accounts;
};

// Nothing where a part of them cannot be read.
std::optional<Letters> count_letters(const Store& store, Stream stream) {
    Letters letters;
    auto cursor = store.scan(ColumnFamily::letters, keys::numbered(stream, 0), keys::numbered(stream + 1, 0));
    for (; cursor.valid(); cursor.next()) {
        ++letters.count;
        letters.bytes += cursor.value().size();
        const DeadLetterAccount fresh{keys::number_of(cursor.key()), 0, 0};
        auto& account = letters.accounts.emplace(source_of_letter(cursor.value()), fresh).first->second;
        ++account.count;
        account.bytes += cursor.value().size();
    }
    if (cursor.is_damaged()) return std::nullopt;
    cursor.check();
    return letters;
}

void take_count(const Letters& found, StreamState& stream) {
    auto& totals = stream.letters;
    for (auto& [source, account] : stream.letter_accounts) account = {};  // those that stay so are deleted
    for (const auto& [source, account] : found.accounts) stream.letter_accounts.insert_or_assign(source, account);
    totals.accounted_from = 1;
    if (found.count < totals.count) {
        const auto missing = totals.count - found.count;
        logging::critical("dead_letters_lost destination={} count={}", stream.name, missing);
        stream.lost.letters += missing;
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
void lose_records(StreamState& stream, Range missing, const Intervals& known) {
    for (const auto& lost : known.missing(missing)) {
        logging::critical("records_lost destination={} first={} last={}", stream.name, lost.begin, lost.end - 1);
        stream.lost.records += lost.end - lost.begin;
    }
    stream.acked.add(missing);
}

// Letters of records that are pending again, as the commit that kept their letters was lost.
std::uint64_t returned_letters(const StreamState& stream, const Intervals& died) {
    std::uint64_t returned = 0;
    for (auto range : died.ranges()) {
        range.end = std::min(range.end, stream.last + 1);
        for (const auto& pending : stream.acked.missing(range)) returned += pending.end - pending.begin;
    }
    return returned;
}

// The letters between those that are known on disk and those that were acknowledged.
bool lose_latest_letters(StreamState& stream, const StreamMark& mark) {
    auto& totals = stream.letters;
    totals.replayed = std::max(totals.replayed, mark.letters.replayed);
    if (mark.letters.next <= totals.next) return false;
    const auto from = std::min(std::max(totals.next, mark.letters.first), mark.letters.next);
    const auto missing = mark.letters.next - from;
    const auto returned = std::min(missing, returned_letters(stream, intervals_of(mark.died)));
    if (missing > returned) {
        logging::critical("dead_letters_lost destination={} count={} first={} last={}", stream.name, missing - returned,
                          from, mark.letters.next - 1);
    }
    stream.lost.letters += missing - returned;
    stream.lost.unused_letters += returned;
    totals.next = mark.letters.next;
    totals.appended = std::max(totals.appended, mark.letters.appended);
    return true;
}

void lose_holes(const Store& store, StreamState& stream, const Intervals& known) {
    for (const auto& hole : find_holes(store, stream.id, stream.acked, stream.last)) {
        stream.ack_bytes_of(hole.end - hole.begin);
        lose_records(stream, hole, known);
    }
    if (const auto letters = count_letters(store, stream.id)) take_count(*letters, stream);
}

void add_missing_streams(const HighWatermark& mark, State& state) {
    for (const auto& marked : mark.streams) {
        if (state.streams.size() < marked.id) state.streams.resize(marked.id);
        auto& stream = state.stream(marked.id);
        if (stream.id != 0) continue;
        stream.id = marked.id;
        stream.name = marked.name;
    }
}

}  // namespace

std::vector<Range> find_holes(const Store& store, Stream stream, const Intervals& acked, Offset last) {
    std::vector<Range> holes;
    auto expected = acked.first_outside(1);
    const auto add = [&](Offset until) {
        for (const auto& hole : acked.missing({expected, until})) holes.push_back(hole);
    };
    auto cursor = store.scan(ColumnFamily::records, keys::numbered(stream, expected), keys::numbered(stream, last + 1));
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
    add_missing_streams(*mark, state);
    bool changed = store.has_holes();
    for (auto& stream : state.streams) {
        const auto* marked = mark->find(stream.id);
        const auto known = marked != nullptr ? intervals_of(marked->acked) : Intervals{};
        if (store.has_holes()) lose_holes(store, stream, known);
        if (marked == nullptr) continue;
        changed |= lose_latest_letters(stream, *marked);
        if (marked->last > stream.last) {
            lose_records(stream, {stream.last + 1, marked->last + 1}, known);
            stream.last = marked->last;
            changed = true;
        }
    }
    return changed;
}

void count_losses_of_running(const Store& store, State& state) {
    struct Known {
        Stream id;
        Intervals acked;
        Offset last;
    };
    std::vector<Known> streams;
    {
        const std::lock_guard lock(state.mutex);
        for (const auto& stream : state.streams) streams.push_back({stream.id, stream.acked, stream.last});
    }
    for (const auto& known : streams) {
        const auto holes = find_holes(store, known.id, known.acked, known.last);
        const auto letters = count_letters(store, known.id);
        for (const auto& hole : holes) state.lose(known.id, hole);
        const std::lock_guard lock(state.mutex);
        if (letters) take_count(*letters, state.stream(known.id));
    }
}

}  // namespace pintle::journal
