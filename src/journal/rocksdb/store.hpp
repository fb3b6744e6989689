#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>  // for std::shared_lock
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "intervals.hpp"
#include "pintle/base/mutex.hpp"
#include "rocksdb/high_watermark.hpp"

namespace pintle::journal {

enum class ColumnFamily : std::uint8_t { meta, records, letters, message_ids };
inline constexpr std::size_t column_families = 4;

// Iterates over the keys of one column family in [from, to), in order. The store cannot be reopened while a cursor
// exists: keep it short.
class Cursor {
public:
    bool valid() const { return iterator_->Valid(); }
    void next() { iterator_->Next(); }
    void seek(std::string_view key) { iterator_->Seek(rocksdb::Slice(key.data(), key.size())); }
    void seek_to_last() { iterator_->SeekToLast(); }
    std::string_view key() const { return iterator_->key().ToStringView(); }
    std::string_view value() const { return iterator_->value().ToStringView(); }
    void check() const;  // throws std::runtime_error if a read error ended it
    void check_unless_damaged() const {
        if (!is_damaged()) check();
    }
    bool is_damaged() const { return iterator_->status().IsCorruption(); }  // a damaged block ended it

private:
    friend class Store;
    struct Bounds {
        std::string from;
        std::string to;
        rocksdb::Slice from_slice{from};
        rocksdb::Slice to_slice{to};
    };
    std::shared_lock<SharedMutex> open_;
    std::unique_ptr<Bounds> bounds_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

// The RocksDB database and the high watermark beside it. Reading is thread-safe; all else is for the commit thread.
class Store {
public:
    // Creates a database only if the directory is empty or missing. Throws std::runtime_error with a message for
    // people. `env` must outlive the store.
    Store(std::string directory, rocksdb::Env* env, bool read_only, std::size_t write_buffer);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // Writes all of the batch or nothing. After a failure all writes fail until `reopen`.
    rocksdb::Status write(rocksdb::WriteBatch& batch, bool sync);
    // Without the lock, as handles change on the thread that writes only; readers hold it.
    rocksdb::ColumnFamilyHandle* column_family(ColumnFamily column_family) const NO_THREAD_SAFETY_ANALYSIS {
        return handles_[static_cast<std::size_t>(column_family)];
    }

    // Throws std::runtime_error if the disk fails or the store is closed.
    std::optional<std::string> get(std::string_view meta_key) const;
    // Sets `value`, or leaves it empty if there is none. A read error is returned, not thrown.
    rocksdb::Status find(ColumnFamily column_family, const std::string& key, std::optional<std::string>& value) const;
    Cursor scan(ColumnFamily column_family, std::string from, std::string to) const;

    // Marks a new database as created: from now on a start never creates it again.
    void finish_creation();

    // What was confirmed when the store was opened, if known. The commit thread updates it and calls `write_watermark`.
    std::optional<HighWatermark>& watermark() { return watermark_; }
    const std::optional<HighWatermark>& watermark() const { return watermark_; }
    void write_watermark();

    // Stores the length of the MANIFEST in the watermark: nothing else reveals that it was truncated.
    void record_manifest();

    // True if the database was opened without confirmed commits that could not be read.
    bool has_holes() const { return watermark_ && watermark_->losses_uncounted; }

    // The highest offset of the stream's records by the key ranges of the files, which are known even if a file is
    // damaged.
    Offset last_by_files(Stream stream) const;

    // Returns false after someone removed the watermark's file or the write-ahead log: what is written now is lost when
    // the process ends.
    bool is_linked();
    bool watermark_is_linked() const { return watermark_file_.is_linked(); }

    // Returns true if a small file can be written.
    bool disk_takes_writes() const;

    // Closes the database and opens it again, so that it shows what is on disk. If that fails, it is opened for reading
    // if possible, and `reopen` may be called again.
    rocksdb::Status reopen();

    // The approximate size of everything, and the free space of the file system.
    std::uint64_t bytes_on_disk() const;
    std::uint64_t bytes_free() const;

    // The approximate size of the keys in files, plus all that is in memory.
    std::uint64_t bytes_between(ColumnFamily column_family, const std::string& from, const std::string& to) const;

    // Reclaim the space of deleted records: `drop_files` deletes files that hold nothing else, `compact` rewrites the
    // others, which takes longer.
    struct KeyRange {
        std::string begin;
        std::string end;
    };
    void drop_files(ColumnFamily column_family, const std::vector<KeyRange>& deleted);
    void compact(ColumnFamily column_family, const std::vector<KeyRange>& deleted);
    void flush_soon(ColumnFamily column_family);

    const std::string& directory() const { return directory_; }

    void close();

private:
    rocksdb::Status create(bool again) REQUIRES(mutex_);
    rocksdb::Status open(bool read_only) REQUIRES(mutex_);
    rocksdb::Status open(bool read_only, rocksdb::WALRecoveryMode mode, bool create = false) REQUIRES(mutex_);
    bool recovers_acknowledged(rocksdb::WALRecoveryMode mode) REQUIRES(mutex_);
    rocksdb::Status open_over_damage() REQUIRES(mutex_);
    rocksdb::Status sync_directory() const;
    void remove_files() const;
    bool log_is_linked() const;
    void require_whole_manifest() const;
    void close_database() REQUIRES(mutex_);

    std::string directory_;
    rocksdb::Env* env_;
    std::size_t write_buffer_;   // bytes of records in memory
    mutable SharedMutex mutex_;  // shared to use the database, alone to replace it
    std::unique_ptr<rocksdb::DB> database_ GUARDED_BY(mutex_);
    std::array<rocksdb::ColumnFamilyHandle*, column_families> handles_ GUARDED_BY(mutex_){};
    std::vector<rocksdb::ColumnFamilyHandle*> foreign_ GUARDED_BY(mutex_);  // of a newer version, which is not opened
    bool creating_ = false;
    std::optional<HighWatermark> watermark_;
    HighWatermarkFile watermark_file_;
    bool watermark_failed_ = false;
    std::string log_path_;             // of the write-ahead log, as last looked up
    std::uint32_t log_path_used_ = 0;  // times since then
};

}  // namespace pintle::journal
