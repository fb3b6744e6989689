#include "journal/store.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include <rocksdb/convenience.h>

#include "journal/keys.hpp"
#include "journal/open_errors.hpp"
#include "journal/store_options.hpp"

namespace pintle::journal {
namespace {

constexpr std::array<std::string_view, columns> column_names{"default", "records", "letters", "seen"};

rocksdb::Slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

// All columns that are there or should be. Those of a newer version must be opened too, or RocksDB refuses before the
// format can be read.
std::vector<rocksdb::ColumnFamilyDescriptor> descriptors(const rocksdb::DBOptions& options,
                                                         const std::string& directory, std::size_t write_buffer) {
    std::vector<rocksdb::ColumnFamilyDescriptor> all;
    all.reserve(columns);
    for (std::size_t i = 0; i < columns; ++i) {
        all.emplace_back(std::string(column_names[i]), column_options(static_cast<Column>(i), write_buffer));
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

[[noreturn]] void fail_read(const rocksdb::Status& status) {
    throw std::runtime_error("the journal cannot be read: " + status.ToString());
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
    if (const auto status = open(read_only); !status.ok()) throw_open_error(directory_, status);
}

Store::~Store() {
    close();
}

// The log is replayed up to its first damage. Every commit that was answered was synced, and with it all before it;
// what a crash can tear lies behind, and may be any garbage. RocksDB refuses where an earlier recovery from the same
// torn log was itself cut off; then it takes the other mode, which accepts a log that is cut off, but nothing else. So
// neither drops what was answered.
rocksdb::Status Store::open(bool read_only) {
    auto status = open(read_only, rocksdb::WALRecoveryMode::kPointInTimeRecovery);
    if (status.IsCorruption()) status = open(read_only, rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
    return status;
}

rocksdb::Status Store::open(bool read_only, rocksdb::WALRecoveryMode mode) {
    auto options = database_options(env_);
    options.wal_recovery_mode = mode;
    const auto wanted = descriptors(options, directory_, write_buffer_);
    std::vector<rocksdb::ColumnFamilyHandle*> opened;
    rocksdb::DB* database = nullptr;
    const auto status = read_only ? rocksdb::DB::OpenForReadOnly(options, directory_, wanted, &opened, &database)
                                  : rocksdb::DB::Open(options, directory_, wanted, &opened, &database);
    if (!status.ok()) return status;
    database_.reset(database);
    std::copy_n(opened.begin(), columns, handles_.begin());
    foreign_.assign(opened.begin() + columns, opened.end());
    return status;
}

void Store::close_database() {
    if (!database_) return;
    for (auto& handle : handles_) database_->DestroyColumnFamilyHandle(std::exchange(handle, nullptr));
    for (auto* handle : foreign_) database_->DestroyColumnFamilyHandle(handle);
    foreign_.clear();
    // Whatever this reports, everything that was promised is synced.
    database_->Close().PermitUncheckedError();
    database_.reset();
}

void Store::close() {
    const std::unique_lock lock(mutex_);
    close_database();
}

rocksdb::Status Store::reopen() {
    const std::unique_lock lock(mutex_);
    close_database();
    auto status = open(false);
    if (!status.ok()) open(true).PermitUncheckedError();
    return status;
}

rocksdb::Status Store::write(rocksdb::WriteBatch& batch, bool sync) {
    const std::shared_lock lock(mutex_);
    if (!database_) return rocksdb::Status::ShutdownInProgress("closed");
    rocksdb::WriteOptions options;
    options.sync = sync;
    return database_->Write(options, &batch);
}

std::optional<std::string> Store::get(std::string_view meta_key) const {
    const std::shared_lock lock(mutex_);
    if (!database_) fail_read(rocksdb::Status::ShutdownInProgress("closed"));
    std::string value;
    const auto status = database_->Get({}, column(Column::meta), slice(meta_key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) fail_read(status);
    return value;
}

rocksdb::Status Store::find(Column column, const std::string& key, std::optional<std::string>& value) const {
    const std::shared_lock lock(mutex_);
    if (!database_) return rocksdb::Status::ShutdownInProgress("closed");
    std::string found;
    auto status = database_->Get({}, this->column(column), key, &found);
    if (status.IsNotFound()) return rocksdb::Status::OK();
    if (status.ok()) value = std::move(found);
    return status;
}

Cursor Store::scan(Column column, std::string from, std::string to) const {
    Cursor cursor;
    cursor.open_ = std::shared_lock(mutex_);
    if (!database_) fail_read(rocksdb::Status::ShutdownInProgress("closed"));
    cursor.bounds_ = std::make_unique<Cursor::Bounds>(std::move(from), std::move(to));
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &cursor.bounds_->from_slice;
    options.iterate_upper_bound = &cursor.bounds_->to_slice;
    options.fill_cache = false;  // a backlog is read once
    cursor.iterator_.reset(database_->NewIterator(options, this->column(column)));
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
    const std::shared_lock lock(mutex_);
    if (!database_) return 0;
    std::uint64_t total = 0;
    for (auto* handle : handles_) {
        // What is in memory is in the write-ahead log, at about the same size.
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

std::uint64_t Store::bytes_between(Column column, const std::string& from, const std::string& to) const {
    const std::shared_lock lock(mutex_);
    if (!database_) return 0;
    auto* handle = this->column(column);
    const rocksdb::Range range(from, to);
    std::uint64_t in_files = 0;
    database_->GetApproximateSizes(rocksdb::SizeApproximationOptions(), handle, &range, 1, &in_files)
        .PermitUncheckedError();
    std::uint64_t in_memory = 0;
    database_->GetIntProperty(handle, rocksdb::DB::Properties::kCurSizeAllMemTables, &in_memory);
    return in_files + in_memory;
}

void Store::drop_files(Column column, const std::vector<KeyRange>& deleted) {
    const std::shared_lock lock(mutex_);
    if (!database_) return;
    // Files go at once and for good, so the commits that say that their records are settled must be on disk first.
    if (!database_->SyncWAL().ok()) return;
    std::vector<std::pair<rocksdb::Slice, rocksdb::Slice>> slices;
    slices.reserve(deleted.size());
    for (const auto& range : deleted) slices.emplace_back(range.begin, range.end);
    const auto ranges = pointers(slices);
    rocksdb::DeleteFilesInRanges(database_.get(), this->column(column), ranges.data(), ranges.size(), false)
        .PermitUncheckedError();
}

void Store::compact(Column column, const std::vector<KeyRange>& deleted) {
    const std::shared_lock lock(mutex_);
    if (!database_) return;
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    for (const auto& range : deleted) {
        const rocksdb::Slice begin(range.begin);
        const rocksdb::Slice end(range.end);
        database_->CompactRange(options, this->column(column), &begin, &end).PermitUncheckedError();
    }
}

void Store::flush_soon(Column column) {
    const std::shared_lock lock(mutex_);
    if (!database_) return;
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;
    database_->Flush(options, this->column(column)).PermitUncheckedError();
}

}  // namespace pintle::journal
