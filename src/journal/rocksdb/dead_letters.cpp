#include "rocksdb/dead_letters.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "dead_letter_codec.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/keys.hpp"

namespace pintle::journal {

namespace {

void take(std::uint64_t id, std::string_view value, ReadDeadLetters& read) {
    if (auto letter = decode_letter(id, value)) read.letters.push_back(std::move(*letter));
}

// From `id` on one by one, until the cursor can go on at the id that is returned.
std::uint64_t read_damaged(const Store& store, Stream stream, std::uint64_t id, std::uint64_t end, Cursor& cursor,
                           ReadDeadLetters& read) {
    for (; id < end; ++id) {
        std::optional<std::string> value;
        const auto status = store.find(ColumnFamily::letters, keys::numbered(stream, id), value);
        if (status.IsCorruption()) {
            read.damaged.push_back(id);
        } else if (value) {
            take(id, *value, read);
            cursor.seek(keys::numbered(stream, id + 1));
            if (!cursor.is_damaged()) return id + 1;
        } else if (!status.ok()) {
            throw std::runtime_error("the journal cannot be read: " + status.ToString());
        }
    }
    return id;
}

}  // namespace

ReadDeadLetters read_letters(const Store& store, Stream stream, std::uint64_t after, std::uint64_t next,
                             std::size_t limit) {
    ReadDeadLetters read;
    auto id = after == UINT64_MAX ? after : after + 1;
    if (id >= next) return read;
    auto cursor = store.scan(ColumnFamily::letters, keys::numbered(stream, id), keys::numbered(stream, next));
    while (read.letters.size() < limit && id < next) {
        if (cursor.is_damaged()) {
            id = read_damaged(store, stream, id, next, cursor, read);
            continue;
        }
        if (!cursor.valid()) break;
        id = keys::number_of(cursor.key());
        take(id++, cursor.value(), read);
        cursor.next();
    }
    if (id < next) cursor.check();
    return read;
}

std::uint64_t fair_level(std::vector<std::uint64_t> held, std::uint64_t excess) {
    std::ranges::sort(held, std::greater{});
    std::uint64_t sum = 0;  // of the first `count`
    for (std::size_t count = 1; count <= held.size(); ++count) {
        sum += held[count - 1];
        if (sum <= excess) continue;
        const auto level = (sum - excess) / count;
        if (count == held.size() || level >= held[count]) return level;
    }
    return 0;
}

namespace {

struct Holder {
    const StreamState* stream = nullptr;
    std::string source;
    DeadLetterAccount account;
};

// At least `bytes` of the holder's oldest letters, as far as they are on disk.
Commit::Dropped oldest_of(const Store& store, const Commit& commit, const Holder& holder, std::uint64_t bytes) {
    const auto stream = holder.stream->id;
    const auto log_first = commit.letters(stream).first;
    const auto begin = std::max(holder.account.first, log_first);
    Commit::Dropped dropped;
    dropped.next = begin;
    std::uint64_t first_kept = 0;
    auto cursor = store.scan(ColumnFamily::letters, keys::numbered(stream, begin), keys::numbered(stream + 1, 0));
    for (; dropped.bytes < bytes && cursor.valid(); cursor.next()) {
        const auto id = keys::number_of(cursor.key());
        const bool removed = commit.removes(stream, id);
        if (!removed && commit.account_of(stream, id, source_of_letter(cursor.value())) == holder.source) {
            dropped.ids.push_back(id);
            dropped.bytes += cursor.value().size();
            dropped.next = id + 1;
        } else if (!removed && first_kept == 0) {
            first_kept = id;
        }
    }
    if (begin == log_first) dropped.first = first_kept == 0 ? dropped.next : first_kept;
    return dropped;
}

}  // namespace

void bound_letters(const Store& store, const std::deque<StreamState>& streams, std::uint64_t max_bytes,
                   Commit& commit) {
    std::uint64_t total = 0;
    for (const auto& stream : streams) total += commit.letters(stream.id).bytes;
    if (total <= max_bytes) return;

    std::vector<Holder> holders;
    std::vector<std::uint64_t> held;
    for (const auto& stream : streams) {
        for (auto& [source, account] : commit.letter_accounts(stream.id)) {
            held.push_back(account.bytes);
            holders.push_back({&stream, source, account});
        }
    }
    // A little more than needed, so that a flood of letters does not mean a walk for each.
    const auto level = fair_level(std::move(held), total - (max_bytes - max_bytes / 64));
    for (const auto& holder : holders) {
        if (holder.account.bytes <= level) continue;
        const auto dropped = oldest_of(store, commit, holder, holder.account.bytes - level);
        // Where the disk ended the walk early, what was seen so far goes; the next commit tries again.
        if (dropped.ids.empty()) continue;
        commit.drop_letters(holder.stream->id, holder.source, dropped);
        logging::warn("dead_letters_evicted destination={} source={} count={}", holder.stream->name, holder.source,
                      dropped.ids.size());
    }
}

}  // namespace pintle::journal
