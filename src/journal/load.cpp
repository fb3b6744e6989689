#include "journal/load.hpp"

#include <algorithm>
#include <stdexcept>

#include "journal/keys.hpp"
#include "journal/open_errors.hpp"
#include "journal/varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::uint64_t this_format = 1;

[[noreturn]] void damaged(const std::string& key) {
    throw std::runtime_error("the journal is damaged: " + key + " cannot be read; " + way_out);
}

// Where the last one is in a damaged part of the disk, the names of the files tell how far they reach. They may count
// the end of a deletion, which is one past the last settled one.
Position last_record(const Store& store, Log log, Position last_settled) {
    auto cursor = store.scan(Column::records, keys::numbered(log, 0), keys::numbered(log + 1, 0));
    cursor.seek_to_last();
    if (cursor.is_damaged()) {
        const auto last = store.last_by_files(log);
        return last == last_settled + 1 ? last_settled : last;
    }
    const auto last = cursor.valid() ? keys::number_of(cursor.key()) : 0;
    cursor.check();
    return last;
}

// Letters that cannot be those of settled records: a version that did not count where they come from left them.
std::uint64_t unexplained_letters(const LogState& log) {
    const auto settled = log.settled.size() - log.lost.records;
    const auto ever = log.letters.ever() - log.lost.unused_letters;
    return ever > settled ? ever - settled : 0;
}

// A version that did not count them left none: then as they are on disk.
std::uint64_t pending_bytes(const Store& store, const LogState& log) {
    if (const auto stored = store.get(keys::pending(log.id))) {
        std::string_view bytes(*stored);
        if (const auto taken = take_varint(bytes)) return *taken;
    }
    return store.bytes_between(Column::records, keys::numbered(log.id, log.first_unsettled()),
                               keys::numbered(log.id, log.last + 1));
}

// What follows `prefix` in the keys that begin with it, and their values.
std::vector<std::pair<std::string, std::string>> entries(const Store& store, std::string_view prefix) {
    std::vector<std::pair<std::string, std::string>> found;
    auto cursor = store.scan(Column::meta, std::string(prefix), keys::past(prefix));
    for (; cursor.valid(); cursor.next()) found.emplace_back(cursor.key().substr(prefix.size()), cursor.value());
    cursor.check();
    return found;
}

// Whose letters a version without accounts has left is not known: together they are as one source's.
void load_letter_accounts(const Store& store, LogState& log) {
    const auto prefix = keys::letter_accounts(log.id);
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    for (auto& [source, value] : entries(store, prefix)) {
        const auto account = LetterAccount::decode(value);
        if (!account) damaged(prefix + source);
        count += account->count;
        bytes += account->bytes;
        log.letter_accounts.emplace(std::move(source), *account);
    }
    if (log.letters.count <= count || log.letters.bytes <= bytes || log.letter_accounts.contains("")) return;
    log.letter_accounts.emplace("",
                                LetterAccount{log.letters.first, log.letters.count - count, log.letters.bytes - bytes});
}

void load_log(const Store& store, LogState& log) {
    if (const auto stored = store.get(keys::settled(log.id))) {
        auto settled = Intervals::decode(*stored);
        if (!settled) damaged(keys::settled(log.id));
        log.settled = std::move(*settled);
        log.settled_written = log.settled.size();
    }
    if (const auto stored = store.get(keys::letters(log.id))) {
        const auto totals = LetterTotals::decode(*stored);
        if (!totals) damaged(keys::letters(log.id));
        log.letters = *totals;
    }
    load_letter_accounts(store, log);
    if (const auto stored = store.get(keys::lost(log.id))) {
        const auto lost = Losses::decode(*stored);
        if (!lost) damaged(keys::lost(log.id));
        log.lost = *lost;
    }
    log.letters.appended = std::max(log.letters.appended, unexplained_letters(log));
    // All records may be settled and gone, so the settled positions count too.
    const auto ranges = log.settled.ranges();
    const auto last_settled = ranges.empty() ? 0 : ranges.back().end - 1;
    log.last = std::max(last_record(store, log.id, last_settled), last_settled);
    log.record_bytes = log.unsettled() == 0 ? 0 : pending_bytes(store, log);
    log.occupied = log.record_bytes;
}

}  // namespace

void check_format(Store& store, const std::string& directory, bool read_only) {
    if (const auto stored = store.get(keys::format)) {
        std::string_view bytes(*stored);
        const auto format = take_varint(bytes).value_or(0);
        if (format == this_format) return;
        throw std::runtime_error("journal directory " + directory +
                                 " was written by a newer version of pintle (format " + std::to_string(format) +
                                 ", this one reads " + std::to_string(this_format) + ")");
    }
    if (read_only) return;
    std::string value;
    put_varint(value, this_format);
    rocksdb::WriteBatch batch;
    batch.Put(rocksdb::Slice(keys::format.data(), keys::format.size()), value);
    if (const auto status = store.write(batch, true); !status.ok()) {
        throw std::runtime_error("journal directory " + directory + " is not writable: " + status.ToString());
    }
}

void load(const Store& store, State& state) {
    for (auto& [name, value] : entries(store, keys::log_prefix)) {
        std::string_view bytes(value);
        const auto id = take_varint(bytes);
        if (!id || *id == 0 || *id > UINT32_MAX) damaged(keys::log(name));
        if (state.logs.size() < *id) state.logs.resize(*id);
        auto& log = state.logs[*id - 1];
        log.id = static_cast<Log>(*id);
        log.name = name;
        load_log(store, log);
    }
    for (std::size_t i = 0; i < state.logs.size(); ++i) {
        const auto id = static_cast<Log>(i + 1);
        const bool acknowledged = store.watermark() && store.watermark()->find(id) != nullptr;
        if (state.logs[i].id == 0 && !acknowledged) damaged("the name of log " + std::to_string(id));
    }
    for (auto& [name, value] : entries(store, keys::fact_prefix)) state.facts.emplace(name, value);
}

}  // namespace pintle::journal
