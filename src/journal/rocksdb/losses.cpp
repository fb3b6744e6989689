#include "rocksdb/losses.hpp"

#include <algorithm>
#include <optional>

#include "dead_letter_codec.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/dead_letters.hpp"
#include "rocksdb/keys.hpp"

namespace pintle::journal {
namespace {

struct Letters {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    DeadLetterAccounts accounts;
};

// Nothing if some of them cannot be read.
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

void apply_count(const Letters& found, StreamState& stream) {
    auto& totals = stream.letters;
    for (auto& [source, account] : stream.letter_accounts) account = {};  // empty accounts are deleted
    for (const auto& [source, account] : found.accounts) stream.letter_accounts.insert_or_assign(source, account);
    totals.accounted_from = 1;
    if (found.count < totals.count) {
        const auto missing = totals.count - found.count;
        logging::critical("dead_letters_lost destination={} count={}", stream.name, missing);
        stream.lost.letters += missing;
    } else {  // removals were lost
        totals.purged -= std::min(totals.purged, found.count - totals.count);
    }
    totals.count = found.count;
    totals.bytes = found.bytes;
}

Intervals intervals_of(const std::string& encoded) {
    return Intervals::decode(encoded).value_or(Intervals{});
}

// Counts as lost those of the missing records that are not known to be acked.
void count_lost_records(StreamState& stream, Range missing, const Intervals& known) {
    for (const auto& lost : known.missing(missing)) {
        logging::critical("records_lost destination={} first={} last={}", stream.name, lost.begin, lost.end - 1);
        stream.lost.records += lost.end - lost.begin;
    }
    stream.acked.add(missing);
}

// Letters whose records are pending again, because the commit with their acks was lost.
std::uint64_t letters_of_pending_records(const StreamState& stream, const Intervals& dead_lettered) {
    std::uint64_t returned = 0;
    for (auto range : dead_lettered.ranges()) {
        range.end = std::min(range.end, stream.last + 1);
        for (const auto& pending : stream.acked.missing(range)) returned += pending.end - pending.begin;
    }
    return returned;
}

// Counts as lost the letters that were confirmed and are not on disk.
bool count_lost_letters(StreamState& stream, const StreamWatermark& confirmed) {
    auto& totals = stream.letters;
    totals.replayed = std::max(totals.replayed, confirmed.letters.replayed);
    if (confirmed.letters.next <= totals.next) return false;
    const auto from = std::min(std::max(totals.next, confirmed.letters.first), confirmed.letters.next);
    const auto missing = confirmed.letters.next - from;
    const auto returned = std::min(missing, letters_of_pending_records(stream, intervals_of(confirmed.dead_lettered)));
    if (missing > returned) {
        logging::critical("dead_letters_lost destination={} count={} first={} last={}", stream.name, missing - returned,
                          from, confirmed.letters.next - 1);
    }
    stream.lost.letters += missing - returned;
    stream.lost.unused_letters += returned;
    totals.next = confirmed.letters.next;
    totals.appended = std::max(totals.appended, confirmed.letters.appended);
    return true;
}

void count_holes(const Store& store, StreamState& stream, const Intervals& known) {
    for (const auto& hole : find_holes(store, stream.id, stream.acked, stream.last)) {
        stream.ack_bytes_of(hole.end - hole.begin);
        count_lost_records(stream, hole, known);
    }
    if (const auto letters = count_letters(store, stream.id)) apply_count(*letters, stream);
}

void add_missing_streams(const HighWatermark& watermark, Streams& streams) {
    for (const auto& confirmed : watermark.streams) {
        if (streams.size() < confirmed.id) streams.resize(confirmed.id);
        auto& stream = streams[confirmed.id - 1];
        if (stream.id != 0) continue;
        stream.id = confirmed.id;
        stream.name = confirmed.name;
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

std::vector<Range> find_unreadable(const Store& store, Stream stream, const Intervals& acked, Offset last) {
    Intervals readable;
    auto cursor = store.scan(ColumnFamily::records, keys::numbered(stream, acked.first_outside(1)),
                             keys::numbered(stream, last + 1));
    for (auto at = acked.first_outside(1); at <= last;) {
        if (cursor.valid()) {
            at = keys::number_of(cursor.key());
            readable.add(at++);
            cursor.next();
            continue;
        }
        if (!cursor.is_damaged()) break;
        // The cursor does not get past a damaged block.
        std::optional<std::string> value;
        if (store.find(ColumnFamily::records, keys::numbered(stream, at), value).ok() && value) {
            readable.add(at);
            cursor.seek(keys::numbered(stream, at + 1));
        }
        at = acked.first_outside(at + 1);
    }
    cursor.check_unless_damaged();
    std::vector<Range> missing;
    for (const auto& pending : acked.missing({1, last + 1})) {
        for (const auto& range : readable.missing(pending)) missing.push_back(range);
    }
    return missing;
}

std::uint64_t count_unreadable_letters(const Store& store, const StreamState& stream) {
    constexpr std::size_t page = 256;
    std::uint64_t count = 0;
    for (auto after = stream.letters.first - 1;;) {
        const auto read = read_letters(store, stream.id, after, stream.letters.next, page);
        count += read.damaged.size();
        if (read.letters.size() < page) return count;
        after = read.letters.back().id;
    }
}

bool count_losses(const Store& store, Streams& streams) {
    const auto& watermark = store.watermark();
    if (!watermark) return false;
    add_missing_streams(*watermark, streams);
    bool changed = store.has_holes();
    for (auto& stream : streams) {
        const auto* confirmed = watermark->find(stream.id);
        const auto known = confirmed != nullptr ? intervals_of(confirmed->acked) : Intervals{};
        if (store.has_holes()) count_holes(store, stream, known);
        if (confirmed == nullptr) continue;
        changed |= count_lost_letters(stream, *confirmed);
        if (confirmed->last > stream.last) {
            count_lost_records(stream, {stream.last + 1, confirmed->last + 1}, known);
            stream.last = confirmed->last;
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
        const MutexLock lock(state.mutex);
        for (const auto& stream : state.streams) streams.push_back({stream.id, stream.acked, stream.last});
    }
    for (const auto& known : streams) {
        const auto holes = find_holes(store, known.id, known.acked, known.last);
        const auto letters = count_letters(store, known.id);
        for (const auto& hole : holes) state.mark_lost(known.id, hole);
        const MutexLock lock(state.mutex);
        if (letters) apply_count(*letters, state.stream(known.id));
    }
}

}  // namespace pintle::journal
