#include "rocksdb/salvage.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <tuple>
#include <utility>

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>
#include <rocksdb/write_batch.h>

#include "rocksdb/keys.hpp"
#include "rocksdb/store_options.hpp"
#include "rocksdb/wal_reader.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

std::vector<std::filesystem::path> files_of(const std::string& directory, std::string_view extension) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == extension) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

// Column families are created in the order of `ColumnFamily`, and numbered so.
std::optional<ColumnFamily> column_of(std::uint64_t id) {
    if (id >= column_families) return std::nullopt;
    return static_cast<ColumnFamily>(id);
}

class BatchHandler : public rocksdb::WriteBatch::Handler {
public:
    BatchHandler(const Salvage::Put& put, const Salvage::Removed& removed) : put_(put), removed_(removed) {}

    rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
        if (const auto column_family = column_of(family))
            put_(*column_family, key.ToStringView(), value.ToStringView());
        return rocksdb::Status::OK();
    }
    rocksdb::Status DeleteCF(std::uint32_t family, const rocksdb::Slice& key) override {
        if (const auto column_family = column_of(family)) removed_(*column_family, key.ToStringView());
        return rocksdb::Status::OK();
    }
    rocksdb::Status SingleDeleteCF(std::uint32_t, const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
    rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
        return rocksdb::Status::OK();
    }
    rocksdb::Status MergeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
        return rocksdb::Status::OK();
    }
    void LogData(const rocksdb::Slice&) override {}
    rocksdb::Status MarkBeginPrepare(bool) override { return rocksdb::Status::OK(); }
    rocksdb::Status MarkEndPrepare(const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
    rocksdb::Status MarkCommit(const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
    rocksdb::Status MarkRollback(const rocksdb::Slice&) override { return rocksdb::Status::OK(); }
    rocksdb::Status MarkNoop(bool) override { return rocksdb::Status::OK(); }

private:
    const Salvage::Put& put_;
    const Salvage::Removed& removed_;
};

constexpr std::size_t max_key_size = 512;

// The blocks of a table, by key. Each look-up has an iterator of its own: one that met a damaged block reports that
// again for keys of the next.
class Table {
public:
    explicit Table(rocksdb::SstFileReader& reader) : reader_(reader) {}

    std::unique_ptr<rocksdb::Iterator> seek(const std::string& key) const {
        std::unique_ptr<rocksdb::Iterator> iterator(reader_.NewIterator(rocksdb::ReadOptions()));
        iterator->Seek(key);
        return iterator;
    }

    // The first key behind the damaged block that begins before `from` or holds it. `damage` is what reading it
    // reports, which names the block. Nothing if all that follows is damaged likewise.
    std::optional<std::string> key_behind(const std::string& from, const std::string& damage) const {
        const auto is_behind = [&](const std::string& key) {
            return key >= from && seek(key)->status().ToString() != damage;
        };
        // The greatest key of the block, byte by byte. A key's successor is the key with a NUL appended.
        for (std::string key; key.size() < max_key_size;) {
            key += '\0';
            if (is_behind(key)) return key;
            unsigned byte = 0;
            for (unsigned bit = 0x80; bit > 0; bit >>= 1U) {
                key.back() = static_cast<char>(static_cast<std::uint8_t>(byte | bit));
                if (!is_behind(key)) byte |= bit;
            }
            key.back() = static_cast<char>(static_cast<std::uint8_t>(byte));
        }
        return std::nullopt;
    }

private:
    rocksdb::SstFileReader& reader_;
};

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string describe(const WalReader::Gap& gap) {
    return "bytes " + std::to_string(gap.begin) + " to " + std::to_string(gap.end) + " are not what was written";
}

std::optional<Stream> stream_of(std::string_view key, std::string_view prefix) {
    if (!key.starts_with(prefix)) return std::nullopt;
    key.remove_prefix(prefix.size());
    Stream log = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), log);
    if (error != std::errc{} || end != key.data() + key.size() || log == 0) return std::nullopt;
    return log;
}

auto age(const DeadLetterTotals& totals) {
    return std::tuple(totals.next, totals.first, totals.appended, totals.replayed, totals.purged + totals.evicted);
}

}  // namespace

void Salvage::add_damage(const std::string& path, const std::string& what) {
    damages_.push_back(std::filesystem::path(path).filename().string() + ": " + what);
}

void Salvage::read(const std::string& directory, const Put& put, const Removed& removed) {
    for (const auto& path : files_of(directory, ".sst")) read_table(path, put);
    for (const auto& path : files_of(directory, ".log")) read_log(path, put, removed);
}

void Salvage::read_table(const std::string& path, const Put& put) {
    const auto plain = column_options(ColumnFamily::meta, 1U << 20U);
    rocksdb::SstFileReader reader(rocksdb::Options(rocksdb::DBOptions(), plain));
    if (const auto status = reader.Open(path); !status.ok()) return add_damage(path, status.ToString());
    const auto properties = reader.GetTableProperties();
    const auto column_family = column_of(properties->column_family_id);
    if (!column_family) return add_damage(path, "is of an unknown column family");
    const Table table(reader);
    std::string from;  // all keys before it were read or are damaged
    bool damaged = false;
    while (true) {
        const auto iterator = table.seek(from);
        for (; iterator->Valid(); iterator->Next()) {
            from = iterator->key().ToString() + '\0';
            put(*column_family, iterator->key().ToStringView(), iterator->value().ToStringView());
        }
        const auto status = iterator->status();
        if (status.ok()) return;
        if (!std::exchange(damaged, true)) add_damage(path, status.ToString());
        auto behind = table.key_behind(from, status.ToString());
        if (!behind) return;
        from = std::move(*behind);
    }
}

void Salvage::read_log(const std::string& path, const Put& put, const Removed& removed) {
    if (!std::ifstream(path)) return add_damage(path, "cannot be read");
    const auto file = contents_of(path);
    WalReader reader(file);
    std::string bytes;
    while (reader.next(bytes)) {
        const rocksdb::WriteBatch batch(bytes);
        BatchHandler handler(put, removed);
        if (!batch.Iterate(&handler).ok()) add_damage(path, "holds an invalid batch");
    }
    for (const auto& gap : reader.gaps()) add_damage(path, describe(gap));
}

std::vector<std::string> damaged_logs(const std::string& directory) {
    std::vector<std::string> damages;
    for (const auto& path : files_of(directory, ".log")) {
        const auto file = contents_of(path);
        WalReader reader(file);
        for (std::string bytes; reader.next(bytes);) {
        }
        for (const auto& gap : reader.gaps()) damages.push_back(path.filename().string() + ": " + describe(gap));
    }
    return damages;
}

void SalvagedValues::put(std::string_view key, std::string_view value) {
    auto rest = value;
    if (key == keys::commit) {
        commit = std::max(commit, get_varint(rest).value_or(0));
    } else if (key.starts_with(keys::stream_prefix)) {
        const auto id = get_varint(rest).value_or(0);
        if (id > 0 && id <= UINT32_MAX) names[static_cast<Stream>(id)] = key.substr(keys::stream_prefix.size());
    } else if (key.starts_with(keys::metadata_prefix)) {
        metadata.insert_or_assign(std::string(key.substr(keys::metadata_prefix.size())), std::string(value));
    } else if (const auto acked_of = stream_of(key, "settled/")) {
        if (const auto decoded = Intervals::decode(value)) {
            auto& known = acked[*acked_of];
            for (const auto& range : decoded->ranges()) known.add(range);
        }
    } else if (const auto letters_of = stream_of(key, "letters/")) {
        const auto decoded = DeadLetterTotals::decode(value);
        auto& known = letters[*letters_of];
        if (decoded && age(*decoded) >= age(known)) known = *decoded;
    } else if (const auto losses_of = stream_of(key, "lost/")) {
        if (const auto decoded = Losses::decode(value)) {
            auto& known = losses[*losses_of];
            known = {std::max(known.records, decoded->records), std::max(known.letters, decoded->letters),
                     std::max(known.unused_letters, decoded->unused_letters)};
        }
    }
}

// Acked records that became dead letters are omitted, as their letters may be lost: they are pending again unless the
// journal itself says that they are acked.
void SalvagedValues::put(const HighWatermark& watermark) {
    commit = std::max(commit, watermark.commit);
    for (const auto& stream : watermark.streams) {
        names.emplace(stream.id, stream.name);
        const auto all = Intervals::decode(stream.acked).value_or(Intervals{});
        const auto dead_lettered = Intervals::decode(stream.dead_lettered).value_or(Intervals{});
        auto& known = acked[stream.id];
        for (const auto& range : all.ranges()) {
            for (const auto& piece : dead_lettered.missing(range)) known.add(piece);
        }
    }
}

}  // namespace pintle::journal
