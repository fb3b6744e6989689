#include "pintle/journal/repair.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/write_batch.h>

#include "dead_letter_codec.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/errors.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/load.hpp"
#include "rocksdb/losses.hpp"
#include "rocksdb/message_id_expiry.hpp"
#include "rocksdb/open_errors.hpp"
#include "rocksdb/salvage.hpp"
#include "rocksdb/store.hpp"
#include "rocksdb/store_options.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t write_buffer = 16U << 20U;  // bytes
constexpr std::size_t batch_size = 4U << 20U;     // bytes

// The lock of the database, which a running daemon holds.
class Lock {
public:
    explicit Lock(const std::string& directory) {
        const auto path = directory + "/LOCK";
        if (const auto status = env_->LockFile(path, &lock_); !status.ok()) throw_open_error(directory, status);
    }
    ~Lock() { env_->UnlockFile(lock_).PermitUncheckedError(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    rocksdb::Env* env_ = rocksdb::Env::Default();
    rocksdb::FileLock* lock_ = nullptr;
};

void require_journal(const std::string& directory) {
    std::error_code error;
    if (!std::filesystem::exists(directory, error)) {
        throw NoJournal("journal directory " + directory + " does not exist");
    }
    if (!std::filesystem::is_directory(directory, error)) {
        throw NoJournal("journal directory " + directory + " is a file, not a directory");
    }
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const auto name = entry.path().filename().string();
        if (name.ends_with(".sst") || name.ends_with(".log") || name.starts_with("MANIFEST-")) return;
    }
    throw NoJournal("journal directory " + directory + " holds no journal");
}

// Writes the new journal.
class JournalWriter {
public:
    explicit JournalWriter(const std::string& directory)
        : store_(directory, rocksdb::Env::Default(), false, write_buffer) {}

    void put(ColumnFamily column_family, std::string_view key, std::string_view value) {
        batch_.Put(store_.column_family(column_family), rocksdb::Slice(key.data(), key.size()),
                   rocksdb::Slice(value.data(), value.size()));
        if (batch_.GetDataSize() >= batch_size) write(false);
    }
    void write(bool sync) {
        if (const auto status = store_.write(batch_, sync); !status.ok()) {
            throw std::runtime_error("the new journal cannot be written: " + status.ToString());
        }
        batch_.Clear();
    }
    Store& store() { return store_; }

private:
    Store store_;
    rocksdb::WriteBatch batch_;
};

// The letters of one stream that were copied so far.
struct CopiedLetters {
    Intervals ids;
    std::uint64_t bytes = 0;
};

class Repair {
public:
    Repair(std::string from, const std::string& to) : from_(std::move(from)), copy_(to), to_(to) {}

    std::vector<std::string> run() {
        watermark_ = HighWatermarkFile::read(from_);
        read_values();
        copy_entries();
        write_values();
        return std::move(notes_);
    }

    const std::vector<std::string>& damages() const { return salvage_.damages(); }

    // What the journal had counted as lost before.
    std::uint64_t lost_before(const std::string& name) const {
        for (const auto& [stream, known] : values_.names) {
            const auto losses = values_.losses.find(stream);
            if (known == name && losses != values_.losses.end()) return losses->second.records + losses->second.letters;
        }
        return 0;
    }

private:
    void read_values();
    void copy_entries();
    void copy_entry(ColumnFamily column_family, std::string_view key, std::string_view value);
    void write_values();
    void write_watermark();

    std::string from_;
    JournalWriter copy_;
    std::string to_;
    Salvage salvage_;
    SalvagedValues values_;
    std::optional<HighWatermark> watermark_;
    std::set<std::string, std::less<>> removed_letters_;  // their keys
    std::map<Stream, Offset> last_;
    std::map<Stream, CopiedLetters> letters_;
    std::vector<std::string> notes_;
};

void Repair::read_values() {
    const auto put = [&](ColumnFamily column_family, std::string_view key, std::string_view value) {
        if (column_family == ColumnFamily::meta) values_.put(key, value);
    };
    const auto removed = [&](ColumnFamily column_family, std::string_view key) {
        if (column_family == ColumnFamily::letters) removed_letters_.emplace(key);
    };
    Salvage().read(from_, put, removed);
    std::set<Stream> known;
    for (const auto& [stream, acked] : values_.acked) known.insert(stream);
    if (watermark_) {
        values_.put(*watermark_);
    } else {
        notes_.emplace_back(std::string(HighWatermarkFile::name) +
                            " cannot be read: what was in files that are missing cannot be counted");
    }
    for (const auto& [stream, name] : values_.names) {
        const bool acked_known = known.contains(stream) || (watermark_ && watermark_->find(stream) != nullptr);
        const auto letters = values_.letters.find(stream);
        const bool used = letters != values_.letters.end() || !known.empty() || watermark_.has_value();
        if (!acked_known && used) {
            notes_.push_back(
                name + ": what was delivered is not known, so every event that is still there is delivered again");
        }
    }
}

void Repair::copy_entry(ColumnFamily column_family, std::string_view key, std::string_view value) {
    if (column_family == ColumnFamily::meta || key == keys::anchor) return;
    if (column_family == ColumnFamily::message_ids) {
        if (keys::parse_message_ids(key)) copy_.put(column_family, key, value);
        return;
    }
    const auto number = keys::number_of(key);
    const auto stream = keys::stream_of(key);
    if (number == 0 || stream == 0) return;
    if (column_family == ColumnFamily::records) {
        last_[stream] = std::max(last_[stream], number);
        if (!values_.acked[stream].contains(number)) copy_.put(column_family, key, value);
        return;
    }
    const auto totals = values_.letters.find(stream);
    const bool gone = totals != values_.letters.end() && number < totals->second.first;
    if (gone || removed_letters_.contains(key) || !decode_letter(number, value)) return;
    auto& letters = letters_[stream];
    if (letters.ids.add(number)) letters.bytes += value.size();
    copy_.put(column_family, key, value);
}

void Repair::copy_entries() {
    const auto put = [&](ColumnFamily column_family, std::string_view key, std::string_view value) {
        copy_entry(column_family, key, value);
    };
    salvage_.read(from_, put, [](ColumnFamily, std::string_view) {});
}

void Repair::write_values() {
    for (const auto& [stream, last] : last_) values_.names.emplace(stream, "unnamed-" + std::to_string(stream));
    for (const auto& [stream, letters] : letters_) values_.names.emplace(stream, "unnamed-" + std::to_string(stream));
    const auto count = values_.names.empty() ? 0 : values_.names.rbegin()->first;
    for (Stream stream = 1; stream <= count; ++stream)
        values_.names.emplace(stream, "unnamed-" + std::to_string(stream));

    check_format(copy_.store(), to_, false);
    for (const auto& [stream, name] : values_.names) {
        std::string id;
        put_varint(id, stream);
        copy_.put(ColumnFamily::meta, keys::stream(name), id);
        copy_.put(ColumnFamily::meta, keys::acked(stream), values_.acked[stream].encode());
        copy_.put(ColumnFamily::meta, keys::lost(stream), values_.losses[stream].encode());
        auto& totals = values_.letters[stream];
        const auto& copied = letters_[stream];
        const auto ranges = copied.ids.ranges();
        if (!ranges.empty() && ranges.back().end > totals.next) {  // the totals are older than the letters
            totals.appended += ranges.back().end - totals.next;
            totals.next = ranges.back().end;
            totals.count = std::max(totals.count, copied.ids.size());
        }
        copy_.put(ColumnFamily::meta, keys::letters(stream), totals.encode());
    }
    for (const auto& [name, value] : values_.metadata) copy_.put(ColumnFamily::meta, keys::metadata_key(name), value);
    std::string commit;
    put_varint(commit, values_.commit);
    copy_.put(ColumnFamily::meta, keys::commit, commit);
    copy_.write(true);
    write_watermark();
    copy_.store().finish_creation();
    copy_.store().close();
}

// Makes the next start compare the journal with what was confirmed, and count what is missing.
void Repair::write_watermark() {
    HighWatermark watermark;
    if (watermark_) watermark = *watermark_;
    watermark.manifest.clear();
    watermark.commit = std::max(watermark.commit, values_.commit);
    watermark.losses_uncounted = true;
    for (const auto& [stream, name] : values_.names) {
        const auto found = std::ranges::find(watermark.streams, stream, &StreamWatermark::id);
        if (found == watermark.streams.end()) {
            const auto ranges = values_.acked[stream].ranges();
            const auto acked = ranges.empty() ? 0 : ranges.back().end - 1;
            watermark.streams.push_back(
                {stream, name, std::max(last_[stream], acked), values_.letters[stream], {}, {}, {}});
        } else {
            found->last = std::max(found->last, last_[stream]);
        }
    }
    HighWatermarkFile file;
    if (!file.open(to_) || !file.write(watermark, true)) throw std::runtime_error("the new journal cannot be written");
}

std::vector<Inspection::Stream> inspected(const Streams& loaded, const std::map<Stream, std::uint64_t>& lost_before) {
    std::vector<Inspection::Stream> streams;
    for (const auto& stream : loaded) {
        const auto ledger = stream.ledger();
        const auto before = lost_before.find(stream.id);
        streams.push_back({stream.name, ledger, ledger.lost - (before == lost_before.end() ? 0 : before->second)});
    }
    return streams;
}

// Adds the tables with a wrong checksum to `damages`.
void verify_tables(const std::string& directory, std::vector<std::string>& damages) {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() != ".sst") continue;
        rocksdb::SstFileReader reader(
            rocksdb::Options(rocksdb::DBOptions(), column_options(ColumnFamily::meta, write_buffer)));
        auto status = reader.Open(entry.path().string());
        if (status.ok()) status = reader.VerifyChecksum();
        if (!status.ok()) damages.push_back(entry.path().filename().string() + ": " + status.ToString());
    }
}

// Opens the journal as a daemon does, without changing it.
void inspect(const std::string& directory, Inspection& inspection) {
    Store store(directory, rocksdb::Env::Default(), true, write_buffer);
    check_format(store, directory, true);
    inspection.format = journal_format;
    Streams streams;
    Metadata metadata;
    load(store, streams, metadata);
    std::map<Stream, std::uint64_t> lost_before;
    for (const auto& stream : streams) lost_before[stream.id] = stream.ledger().lost;
    count_losses(store, streams);
    for (auto& stream : streams) {
        for (const auto& range : find_unreadable(store, stream.id, stream.acked, stream.last)) {
            stream.acked.add(range);
            stream.lost.records += range.end - range.begin;
        }
        if (!inspection.damages.empty()) {
            const auto letters = count_unreadable_letters(store, stream);
            stream.lost.letters += letters;
            stream.letters.count -= std::min(stream.letters.count, letters);
        }
        stream.count_delivered();
    }
    inspection.streams = inspected(streams, lost_before);
    read_message_ids(store, WallTime{},
                     [&](std::string_view, const MessageHash&, WallTime) { ++inspection.message_ids; });
    for (const auto& stream : inspection.streams) {
        if (stream.missing == 0) continue;
        inspection.damages.push_back(stream.name + ": " + std::to_string(stream.missing) +
                                     " acknowledged events or dead letters are missing");
        inspection.lost += stream.missing;
    }
    if (inspection.lost == 0 && !store.has_holes()) return;  // a torn end of a log is no damage
    for (auto& damage : damaged_logs(directory)) inspection.damages.push_back(std::move(damage));
}

// A message about damage, without the commands that it names: this is one of them.
std::string without_hint(std::string message) {
    const auto hint = message.rfind(std::string("; ") + repair_hint);
    if (hint != std::string::npos) message.resize(hint);
    return message;
}

std::string unused_path(const std::string& path) {
    auto name = path;
    for (int i = 2; std::filesystem::exists(name); ++i) name = path + "-" + std::to_string(i);
    return name;
}

std::string without_slash(std::string directory) {
    while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
    return directory;
}

}  // namespace

Inspection check_journal(const std::string& directory) {
    require_journal(directory);
    const Lock lock(directory);
    Inspection inspection;
    verify_tables(directory, inspection.damages);
    try {
        inspect(directory, inspection);
    } catch (const std::runtime_error& error) {
        inspection.damages.push_back(without_hint(error.what()));
    }
    if (!HighWatermarkFile::read(directory)) {
        inspection.notes.emplace_back(
            std::string(HighWatermarkFile::name) +
            " is missing or damaged: it would show what else is missing. The next start writes a new one.");
    }
    return inspection;
}

Inspection repair_journal(const std::string& given) {
    const auto directory = without_slash(given);
    require_journal(directory);
    const auto fresh = unused_path(directory + ".repaired");
    const auto backup = unused_path(directory + ".damaged");
    Inspection inspection;
    const Lock lock(directory);
    try {
        Repair repair(directory, fresh);
        inspection.notes = repair.run();
        inspection.damages = repair.damages();
        {
            JournalOptions options;
            options.directory = fresh;
            const auto journal = open_journal(options);  // counts what is missing
            for (const auto& name : journal->streams()) {
                const auto stream = journal->find_stream(name);
                if (!stream) continue;
                const auto ledger = journal->ledger(*stream);
                const auto before = std::min(ledger.lost, repair.lost_before(name));
                inspection.streams.push_back({name, ledger, ledger.lost - before});
                inspection.lost += ledger.lost - before;
            }
            journal->message_ids_since(
                WallTime{}, [&](std::string_view, const MessageHash&, WallTime) { ++inspection.message_ids; });
        }
        std::filesystem::rename(directory, backup);
        std::error_code error;
        std::filesystem::rename(fresh, directory, error);
        if (error) {
            std::filesystem::rename(backup, directory);
            throw std::runtime_error(fresh + " cannot be renamed: " + error.message());
        }
    } catch (const std::exception&) {
        std::error_code ignored;
        if (std::filesystem::exists(directory, ignored)) std::filesystem::remove_all(fresh, ignored);
        throw;
    }
    inspection.backup = backup;
    return inspection;
}

}  // namespace pintle::journal
