#include "journal/letters.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "journal/keys.hpp"
#include "journal/letter_codec.hpp"

namespace pintle::journal {

std::vector<DeadLetter> read_letters(const Store& store, Log log, std::uint64_t after, std::size_t limit) {
    std::vector<DeadLetter> letters;
    if (after == UINT64_MAX) return letters;
    auto cursor = store.scan(Column::letters, keys::numbered(log, after + 1), keys::numbered(log + 1, 0));
    for (; letters.size() < limit && cursor.valid(); cursor.next()) {
        auto letter = decode_letter(keys::number_of(cursor.key()), cursor.value());
        if (letter) letters.push_back(std::move(*letter));
    }
    cursor.check();
    return letters;
}

void bound_letters(const Store& store, const std::deque<LogState>& logs, std::uint64_t max_bytes, Commit& commit) {
    std::uint64_t total = 0;
    const LogState* largest = nullptr;
    for (const auto& log : logs) {
        const auto bytes = commit.letters(log.id).bytes;
        total += bytes;
        if (largest == nullptr || bytes > commit.letters(largest->id).bytes) largest = &log;
    }
    if (total <= max_bytes) return;

    // A little more than needed, so that a flood of letters does not mean a range delete for each.
    const auto excess = total - (max_bytes - max_bytes / 64);
    const auto log = largest->id;
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    auto first = commit.letters(log).first;
    auto cursor = store.scan(Column::letters, keys::numbered(log, first), keys::numbered(log + 1, 0));
    for (; bytes < excess && cursor.valid(); cursor.next()) {
        const auto id = keys::number_of(cursor.key());
        first = id + 1;
        if (commit.removes(log, id)) continue;
        ++count;
        bytes += cursor.value().size();
    }
    // Where the disk ended the walk early, what was seen so far goes; the next commit tries again.
    if (count == 0) return;
    commit.drop_letters(log, first, count, bytes);
    spdlog::warn("dead_letters_dropped destination={} count={}", largest->name, count);
}

}  // namespace pintle::journal
