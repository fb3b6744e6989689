#include "rocksdb/load.hpp"

#include <algorithm>
#include <stdexcept>

#include "pintle/journal/repair.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/open_errors.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

[[noreturn]] void damaged(const std::string& key) {
    throw std::runtime_error("the journal is damaged: " + key + " cannot be read; " + repair_hint);
}

// If the last record is in a damaged block, the key ranges of the files tell its offset. They may include the end of a
// range deletion, which is one past the last acked record.
Offset last_record(const Store& store, Stream stream, Offset last_acked) {
    auto cursor = store.scan(ColumnFamily::records, keys::numbered(stream, 0), keys::numbered(stream + 1, 0));
    cursor.seek_to_last();
    if (cursor.is_damaged()) {
        const auto last = store.last_by_files(stream);
        return last == last_acked + 1 ? last_acked : last;
    }
    const auto last = cursor.valid() ? keys::number_of(cursor.key()) : 0;
    cursor.check();
    return last;
}

// Letters for which there is no acked record. An older version did not count them.
std::uint64_t letters_without_record(const StreamState& stream) {
    const auto acked = stream.acked.size() - stream.lost.records;
    const auto ever = stream.letters.total() - stream.lost.unused_letters;
    return ever > acked ? ever - acked : 0;
}

// An older version did not store it: then the size on disk.
std::uint64_t pending_bytes(const Store& store, const StreamState& stream) {
    if (const auto stored = store.get(keys::pending(stream.id))) {
        std::string_view bytes(*stored);
        if (const auto decoded = get_varint(bytes)) return *decoded;
    }
    return store.bytes_between(ColumnFamily::records, keys::numbered(stream.id, stream.first_pending()),
                               keys::numbered(stream.id, stream.last + 1));
}

// The keys with the prefix, without it, and their values.
std::vector<std::pair<std::string, std::string>> entries(const Store& store, std::string_view prefix) {
    std::vector<std::pair<std::string, std::string>> found;
    auto cursor = store.scan(ColumnFamily::meta, std::string(prefix), keys::past(prefix));
    for (; cursor.valid(); cursor.next()) found.emplace_back(cursor.key().substr(prefix.size()), cursor.value());
    cursor.check();
    return found;
}

// Letters of an older version have no account: together they count as those of one source.
void load_letter_accounts(const Store& store, StreamState& stream) {
    const auto prefix = keys::letter_accounts(stream.id);
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    for (auto& [source, value] : entries(store, prefix)) {
        const auto account = DeadLetterAccount::decode(value);
        if (!account) damaged(prefix + source);
        count += account->count;
        bytes += account->bytes;
        stream.letter_accounts.emplace(std::move(source), *account);
    }
    if (stream.letters.count <= count || stream.letters.bytes <= bytes || stream.letter_accounts.contains("")) return;
    stream.letter_accounts.emplace(
        "", DeadLetterAccount{stream.letters.first, stream.letters.count - count, stream.letters.bytes - bytes});
}

void load_stream(const Store& store, StreamState& stream) {
    if (const auto stored = store.get(keys::acked(stream.id))) {
        auto acked = Intervals::decode(*stored);
        if (!acked) damaged(keys::acked(stream.id));
        stream.acked = std::move(*acked);
        stream.acked_written = stream.acked.size();
    }
    if (const auto stored = store.get(keys::letters(stream.id))) {
        const auto totals = DeadLetterTotals::decode(*stored);
        if (!totals) damaged(keys::letters(stream.id));
        stream.letters = *totals;
    }
    load_letter_accounts(store, stream);
    if (const auto stored = store.get(keys::lost(stream.id))) {
        const auto lost = Losses::decode(*stored);
        if (!lost) damaged(keys::lost(stream.id));
        stream.lost = *lost;
    }
    stream.letters.appended = std::max(stream.letters.appended, letters_without_record(stream));
    // All records may be acked and deleted, so the acked offsets count too.
    const auto ranges = stream.acked.ranges();
    const auto last_acked = ranges.empty() ? 0 : ranges.back().end - 1;
    stream.last = std::max(last_record(store, stream.id, last_acked), last_acked);
    stream.record_bytes = stream.pending() == 0 ? 0 : pending_bytes(store, stream);
    stream.occupied = stream.record_bytes;
}

}  // namespace

void check_format(Store& store, const std::string& directory, bool read_only) {
    if (const auto stored = store.get(keys::format)) {
        std::string_view bytes(*stored);
        const auto format = get_varint(bytes).value_or(0);
        if (format == journal_format) return;
        throw std::runtime_error("journal directory " + directory +
                                 " was written by a newer version of pintle (format " + std::to_string(format) +
                                 ", this one reads " + std::to_string(journal_format) + ")");
    }
    if (read_only) return;
    std::string value;
    put_varint(value, journal_format);
    rocksdb::WriteBatch batch;
    batch.Put(rocksdb::Slice(keys::format.data(), keys::format.size()), value);
    if (const auto status = store.write(batch, true); !status.ok()) {
        throw std::runtime_error("journal directory " + directory + " is not writable: " + status.ToString());
    }
}

void load(const Store& store, Streams& streams, Metadata& metadata) {
    for (auto& [name, value] : entries(store, keys::stream_prefix)) {
        std::string_view bytes(value);
        const auto id = get_varint(bytes);
        if (!id || *id == 0 || *id > UINT32_MAX) damaged(keys::stream(name));
        if (streams.size() < *id) streams.resize(*id);
        auto& stream = streams[*id - 1];
        stream.id = static_cast<Stream>(*id);
        stream.name = name;
        load_stream(store, stream);
    }
    for (std::size_t i = 0; i < streams.size(); ++i) {
        const auto id = static_cast<Stream>(i + 1);
        const bool acknowledged = store.watermark() && store.watermark()->find(id) != nullptr;
        if (streams[i].id == 0 && !acknowledged) damaged("the name of stream " + std::to_string(id));
    }
    for (auto& [name, value] : entries(store, keys::metadata_prefix)) metadata.emplace(name, value);
}

}  // namespace pintle::journal
