#include "rocksdb/store.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <rocksdb/convenience.h>
#include <rocksdb/transaction_log.h>
#include <sys/stat.h>

#include "pintle/journal/errors.hpp"
#include "pintle/logging/logging.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/open_errors.hpp"
#include "rocksdb/salvage.hpp"
#include "rocksdb/store_options.hpp"
#include "varint.hpp"

namespace pintle::journal {
namespace {

constexpr std::array<std::string_view, column_families> column_names{"default", "records", "letters", "seen"};

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

// All column families that exist or should. Those of a newer version must be opened too, or RocksDB fails before the
// format can be read.
std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const rocksdb::DBOptions& options,
                                                         const std::string& directory, std::size_t write_buffer) {
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    all.reserve(column_families);
    for (std::size_t i = 0; i < column_families; ++i) {
        all.emplace_back(std::string(column_names[i]), column_options(static_cast<ColumnFamily>(i), write_buffer));
    }
    std::vector<std::string> present;
    if (!rocksdb::DB::ListColumnFamilies(options, directory, &present).ok()) return all;  // it is new
    for (const auto& name : present) {
        if (std::ranges::find(column_names, name) == column_names.end()) {
            all.emplace_back(name, rocksdb::ColumnFamilyOptions());
        }
    }
    return all;
}

// `what` is the value that was to be read, if it was one.
[[noreturn]] void fail_read(const rocksdb::Status& status, std::string_view what = {}) {
    std::string text = what.empty() ? std::string("the journal") : "the journal's value " + std::string(what);
    text += " cannot be read: " + status.ToString();
    if (status.IsCorruption()) text.append("; ").append(repair_hint);
    throw std::runtime_error(text);
}

std::vector<rocksdb::RangePtr> pointers(const std::vector<std::pair<rocksdb::Slice, rocksdb::Slice>>& slices) {
    std::vector<rocksdb::RangePtr> ranges;
    ranges.reserve(slices.size());
    for (const auto& [begin, end] : slices) ranges.emplace_back(&begin, &end);
    return ranges;
}

}  // namespace

void Cursor::check() const {
    if (const auto status = iterator_->status(); !status.ok()) fail_read(status);
}

Store::Store(std::string directory, rocksdb::Env* env, bool read_only, std::size_t write_buffer)
    : directory_(std::move(directory)), env_(env), write_buffer_(write_buffer) {
    make_directory(directory_, read_only);
    const auto contents = contents_of(directory_);
    if (read_only && contents != Contents::journal) {
        throw NoJournal("journal directory " + directory_ + " holds no journal");
    }
    watermark_ = HighWatermarkFile::read(directory_);
    require_whole_manifest();
    const auto status = contents == Contents::journal ? open(read_only) : create(contents == Contents::unfinished);
    if (!status.ok()) throw_open_error(directory_, status);
    if (read_only) return;
    if (!watermark_file_.open(directory_)) logging::error("journal_watermark_not_written directory={}", directory_);
}

Store::~Store() {
    close();
}

// The marker file tells that the journal is empty, so that a start after a crash may create it again.
rocksdb::Status Store::create(bool again) {
    using Mode = rocksdb::WALRecoveryMode;
    creating_ = true;
    auto status = rocksdb::WriteStringToFile(env_, "", directory_ + "/" + creation_marker, true);
    if (status.ok()) status = sync_directory();
    if (!status.ok()) return status;
    for (const auto mode : {Mode::kPointInTimeRecovery, Mode::kTolerateCorruptedTailRecords}) {
        status = open(false, mode, true);
        if (!status.IsCorruption()) break;
    }
    const bool unusable = status.IsCorruption() || status.IsInvalidArgument() || status.IsNotFound();
    if (!again || !unusable || watermark_) return status;
    remove_files();
    return open(false, Mode::kPointInTimeRecovery, true);
}

void Store::finish_creation() {
    if (!std::exchange(creating_, false)) return;
    auto status = env_->DeleteFile(directory_ + "/" + creation_marker);
    if (status.ok()) status = sync_directory();
    if (!status.ok()) throw_open_error(directory_, status);
}

rocksdb::Status Store::sync_directory() const {
    std::unique_ptr<rocksdb::Directory> directory;
    auto status = env_->NewDirectory(directory_, &directory);
    return status.ok() ? directory->Fsync() : status;
}

void Store::remove_files() const {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
        const auto name = entry.path().filename().string();
        if (entry.is_regular_file() && name != "LOCK" && name != creation_marker) {
            env_->DeleteFile(entry.path().string()).PermitUncheckedError();
        }
    }
}

// Every confirmed commit is synced, and so are all before it. What follows may be torn by a crash and hold any bytes.
// An intact write-ahead log is read as it is. A damaged one is read up to the first damage if no confirmed commit is
// behind that. RocksDB rejects this if an earlier recovery of the same log was interrupted; then the other mode helps,
// which only accepts a truncated log. If neither recovers all confirmed commits, the damage is skipped, to keep what is
// behind it.
rocksdb::Status Store::open(bool read_only) {
    using Mode = rocksdb::WALRecoveryMode;
    auto status = open(read_only, Mode::kAbsoluteConsistency);
    for (const auto mode : {Mode::kPointInTimeRecovery, Mode::kTolerateCorruptedTailRecords}) {
        if (!status.IsCorruption()) return status;
        const bool complete = !watermark_ || recovers_acknowledged(mode);
        if (complete) status = open(read_only, mode);
    }
    if (!status.IsCorruption() || !watermark_) return status;
    if (read_only) {
        status = open(true, Mode::kSkipAnyCorruptedRecords);
        if (status.ok()) watermark_->losses_uncounted = true;
        return status;
    }
    return open_over_damage();
}

// Opens it read-only: opening a database for writing deletes what it did not read of its log.
bool Store::recovers_acknowledged(rocksdb::WALRecoveryMode mode) {
    if (!open(true, mode).ok()) return false;
    std::string value;
    const auto status = database_->Get({}, column_family(ColumnFamily::meta), slice(keys::commit), &value);
    std::string_view bytes(value);
    const auto commit = status.ok() ? get_varint(bytes).value_or(0) : 0;
    close_database();
    return commit >= watermark_->commit;
}

// The watermark is written first: after a crash nothing else would tell that commits are missing.
rocksdb::Status Store::open_over_damage() {
    // This only helps against damage of the log, not of other files.
    if (!open(true, rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords).ok()) {
        return open(false, rocksdb::WALRecoveryMode::kAbsoluteConsistency);
    }
    close_database();
    watermark_->losses_uncounted = true;
    if (!watermark_file_.is_open() && !watermark_file_.open(directory_)) return rocksdb::Status::IOError(directory_);
    if (!watermark_file_.write(*watermark_, true)) return rocksdb::Status::IOError(HighWatermarkFile::name);
    std::string files;
    for (const auto& file : damaged_logs(directory_)) files.append(files.empty() ? "" : "; ").append(file);
    logging::critical(
        "journal_log_damaged directory={} files=\"{}\" message=\"acknowledged commits in the write-ahead log cannot be "
        "read\"",
        directory_, files);
    return open(false, rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords);
}

void Store::write_watermark() {
    if (!watermark_ || watermark_file_.write(*watermark_)) {
        watermark_failed_ = false;
    } else if (!std::exchange(watermark_failed_, true)) {
        logging::warn("journal_watermark_not_written directory={} message=\"{}\"", directory_,
                      std::generic_category().message(errno));
    }
}

// RocksDB takes a truncated MANIFEST for a shorter one: it loses tables, and then deletes their files.
void Store::require_whole_manifest() const {
    if (!watermark_ || watermark_->manifest.empty()) return;
    std::ifstream current(directory_ + "/CURRENT");
    std::string name;
    struct stat status{};
    if (!std::getline(current, name) || name != watermark_->manifest) return;
    const auto size = watermark_->manifest_size;
    if (stat((directory_ + "/" + name).c_str(), &status) != 0) return;  // RocksDB reports that
    if (static_cast<std::uint64_t>(status.st_size) >= size) return;
    throw std::runtime_error("journal directory " + directory_ + " is damaged: " + name + " has " +
                             std::to_string(status.st_size) + " of its " + std::to_string(size) + " bytes; " +
                             repair_hint);
}

// Only the synced length is stored: a power cut may undo the rest.
void Store::record_manifest() {
    if (!watermark_) return;
    watermark_->manifest.clear();
    std::ifstream current(directory_ + "/CURRENT");
    std::string name;
    struct stat status{};
    const auto path = [&] { return directory_ + "/" + name; };
    if (!std::getline(current, name) || stat(path().c_str(), &status) != 0) return;
    std::unique_ptr<rocksdb::WritableFile> file;
    if (!env_->ReopenWritableFile(path(), &file, rocksdb::EnvOptions()).ok()) return;
    const bool synced = file->Sync().ok();
    if (!file->Close().ok() || !synced) return;
    watermark_->manifest = name;
    watermark_->manifest_size = static_cast<std::uint64_t>(status.st_size);
}

Offset Store::last_by_files(Stream stream) const {
    const ReaderLock lock(mutex_);
    Offset last = 0;
    if (!database_) return last;
    std::vector<rocksdb::LiveFileMetaData> files;
    database_->GetLiveFilesMetaData(&files);
    const auto from = keys::numbered(stream, 0);
    const auto to = keys::numbered(stream + 1, 0);
    for (const auto& file : files) {
        if (file.column_family_name != column_names[static_cast<std::size_t>(ColumnFamily::records)]) continue;
        if (file.largestkey >= from && file.largestkey < to) last = std::max(last, keys::number_of(file.largestkey));
    }
    return last;
}

bool Store::log_is_linked() const {
    struct stat status{};
    return stat(log_path_.c_str(), &status) == 0;
}

bool Store::is_linked() {
    constexpr std::uint32_t uses = 64;  // a full log is followed by another
    constexpr std::uint32_t manifest_uses = 64 * uses;
    if (!watermark_file_.is_linked()) return false;
    const auto use = log_path_used_++;
    if (use % uses != 0 && log_is_linked()) return true;
    if (use % manifest_uses == 0) record_manifest();
    const ReaderLock lock(mutex_);
    std::unique_ptr<rocksdb::LogFile> file;
    if (!database_) return true;
    if (!database_->GetCurrentWalFile(&file).ok()) return false;  // this also looks at the file
    log_path_ = directory_ + file->PathName();
    return log_is_linked();
}

rocksdb::Status Store::open(bool read_only, rocksdb::WALRecoveryMode mode, bool create) {
    auto options = database_options(env_);
    options.wal_recovery_mode = mode;
    options.create_if_missing = options.create_missing_column_families = create;
    // Fail if a log is missing or truncated. RocksDB 7.8 can skip that only when it opens for writing.
    options.track_and_verify_wals_in_manifest = read_only || mode != rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    const auto wanted = descriptors(options, directory_, write_buffer_);
    std::vector<rocksdb::ColumnFamilyHandle*> opened;
    rocksdb::DB* database = nullptr;
    const auto status = read_only ? rocksdb::DB::OpenForReadOnly(options, directory_, wanted, &opened, &database)
                                  : rocksdb::DB::Open(options, directory_, wanted, &opened, &database);
    if (!status.ok()) return status;
    database_.reset(database);
    std::copy_n(opened.begin(), column_families, handles_.begin());
    foreign_.assign(opened.begin() + column_families, opened.end());
    return status;
}

void Store::close_database() {
    if (!database_) return;
    for (auto& handle : handles_) database_->DestroyColumnFamilyHandle(std::exchange(handle, nullptr));
    for (auto* handle : foreign_) database_->DestroyColumnFamilyHandle(handle);
    foreign_.clear();
    // Its result does not matter: all that was confirmed is synced.
    database_->Close().PermitUncheckedError();
    database_.reset();
}

void Store::close() {
    const WriterLock lock(mutex_);
    if (!database_) return;
    // After an error a later successful sync proves nothing.
    std::uint64_t errors = 0;
    const bool sound = database_->GetIntProperty(rocksdb::DB::Properties::kBackgroundErrors, &errors) && errors == 0;
    close_database();
    if (!sound || !watermark_file_.is_open() || !watermark_ || watermark_->commit == 0) return;
    record_manifest();
    write_watermark();
}

rocksdb::Status Store::reopen() {
    const WriterLock lock(mutex_);
    close_database();
    log_path_used_ = 0;
    auto status = open(false);
    if (!status.ok()) open(true).PermitUncheckedError();
    if (status.ok() && !watermark_file_.is_linked()) watermark_file_.open(directory_);
    return status;
}

rocksdb::Status Store::write(rocksdb::WriteBatch& batch, bool sync) {
    const ReaderLock lock(mutex_);
    if (!database_) return rocksdb::Status::ShutdownInProgress("closed");
    rocksdb::WriteOptions options;
    options.sync = sync;
    return database_->Write(options, &batch);
}

std::optional<std::string> Store::get(std::string_view meta_key) const {
    const ReaderLock lock(mutex_);
    if (!database_) fail_read(rocksdb::Status::ShutdownInProgress("closed"));
    std::string value;
    const auto status = database_->Get({}, column_family(ColumnFamily::meta), slice(meta_key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) fail_read(status, meta_key);
    return value;
}

rocksdb::Status Store::find(ColumnFamily column_family, const std::string& key,
                            std::optional<std::string>& value) const {
    const ReaderLock lock(mutex_);
    if (!database_) return rocksdb::Status::ShutdownInProgress("closed");
    std::string found;
    auto status = database_->Get({}, this->column_family(column_family), key, &found);
    if (status.IsNotFound()) return rocksdb::Status::OK();
    if (status.ok()) value = std::move(found);
    return status;
}

Cursor Store::scan(ColumnFamily column_family, std::string from, std::string to) const {
    Cursor cursor;
    cursor.open_ = std::shared_lock(mutex_);
    mutex_.assert_held_shared();  // by the cursor
    if (!database_) fail_read(rocksdb::Status::ShutdownInProgress("closed"));
    cursor.bounds_ = std::make_unique<Cursor::Bounds>(std::move(from), std::move(to));
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &cursor.bounds_->from_slice;
    options.iterate_upper_bound = &cursor.bounds_->to_slice;
    options.fill_cache = false;  // a backlog is read once
    cursor.iterator_.reset(database_->NewIterator(options, this->column_family(column_family)));
    cursor.iterator_->Seek(cursor.bounds_->from_slice);
    return cursor;
}

bool Store::disk_takes_writes() const {
    const auto path = directory_ + "/probe";
    const std::string block(std::size_t{1} << 20U, '\0');
    auto status = rocksdb::WriteStringToFile(env_, block, path, true);
    env_->DeleteFile(path).PermitUncheckedError();
    return status.ok();
}

std::uint64_t Store::bytes_on_disk() const {
    const ReaderLock lock(mutex_);
    if (!database_) return 0;
    std::uint64_t total = 0;
    for (auto* handle : handles_) {
        // What is in memory is also in the write-ahead log, with about the same size.
        for (const auto& property :
             {rocksdb::DB::Properties::kLiveSstFilesSize, rocksdb::DB::Properties::kCurSizeAllMemTables}) {
            std::uint64_t bytes = 0;
            if (database_->GetIntProperty(handle, property, &bytes)) total += bytes;
        }
    }
    return total;
}

std::uint64_t Store::bytes_free() const {
    std::uint64_t bytes = 0;
    const bool known = env_->GetFreeSpace(directory_, &bytes).ok();
    return known ? bytes : UINT64_MAX;
}

std::uint64_t Store::bytes_between(ColumnFamily column_family, const std::string& from, const std::string& to) const {
    const ReaderLock lock(mutex_);
    if (!database_) return 0;
    auto* handle = this->column_family(column_family);
    const rocksdb::Range range(from, to);
    std::uint64_t in_files = 0;
    database_->GetApproximateSizes(rocksdb::SizeApproximationOptions(), handle, &range, 1, &in_files)
        .PermitUncheckedError();
    std::uint64_t in_memory = 0;
    database_->GetIntProperty(handle, rocksdb::DB::Properties::kCurSizeAllMemTables, &in_memory);
    return in_files + in_memory;
}

void Store::drop_files(ColumnFamily column_family, const std::vector<KeyRange>& deleted) {
    const ReaderLock lock(mutex_);
    if (!database_) return;
    // Files are deleted at once, so the commits with the acks of their records must be synced first.
    if (!database_->SyncWAL().ok()) return;
    std::vector<std::pair<rocksdb::Slice, rocksdb::Slice>> slices;
    slices.reserve(deleted.size());
    for (const auto& range : deleted) slices.emplace_back(range.begin, range.end);
    const auto ranges = pointers(slices);
    rocksdb::DeleteFilesInRanges(database_.get(), this->column_family(column_family), ranges.data(), ranges.size(),
                                 false)
        .PermitUncheckedError();
}

void Store::compact(ColumnFamily column_family, const std::vector<KeyRange>& deleted) {
    const ReaderLock lock(mutex_);
    if (!database_) return;
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    for (const auto& range : deleted) {
        const rocksdb::Slice begin(range.begin);
        const rocksdb::Slice end(range.end);
        database_->CompactRange(options, this->column_family(column_family), &begin, &end).PermitUncheckedError();
    }
}

void Store::flush_soon(ColumnFamily column_family) {
    const ReaderLock lock(mutex_);
    if (!database_) return;
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;
    database_->Flush(options, this->column_family(column_family)).PermitUncheckedError();
}

}  // namespace pintle::journal
