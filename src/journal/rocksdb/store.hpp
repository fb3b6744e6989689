#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/iterator.h>
#include <rocksdb/write_batch.h>

#include "intervals.hpp"
#include "rocksdb/high_watermark.hpp"

namespace pintle::journal {

enum class ColumnFamily : std::uint8_t { meta, records, letters, message_ids };
inline constexpr std::size_t column_families = 4;

// A walk over the keys of one column from `from` on and before `to`, in order. While it exists the store is not
// reopened; keep it short.
class Cursor {
public:
    bool valid() const { return iterator_->Valid(); }
    void next() { iterator_->Next(); }
    void seek(std::string_view key) { iterator_->Seek(rocksdb::Slice(key.data(), key.size())); }
    void seek_to_last() { iterator_->SeekToLast(); }
    std::string_view key() const { return iterator_->key().ToStringView(); }
    std::string_view value() const { return iterator_->value().ToStringView(); }
    void check() const;  // throws std::runtime_error where it ended because of the disk
    bool is_damaged() const {
        return iterator_->status().IsCorruption();
    }  // it ended at bytes that are not what was written

private:
    friend class Store;
    struct Bounds {
        std::string from;
        std::string to;
        rocksdb::Slice from_slice{from};
        rocksdb::Slice to_slice{to};
    };
    std::shared_lock<std::shared_mutex> open_;
    std::unique_ptr<Bounds> bounds_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

// The database and the high watermark beside it: opened with the options that suit a small daemon, closed, opened again
// after a failure. Reading is thread-safe; writing, `reopen` and the upkeep are for one thread at a time.
class Store {
public:
    // Creates a database only where the directory is empty or missing. Throws std::runtime_error with a message for
    // people. `env` must outlive the store.
    Store(std::string directory, rocksdb::Env* env, bool read_only, std::size_t write_buffer);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    // All of the batch or nothing; after a failure nothing more is taken until `reopen`.
    rocksdb::Status write(rocksdb::WriteBatch& batch, bool sync);
    rocksdb::ColumnFamilyHandle* column_family(ColumnFamily column_family) const {
        return handles_[static_cast<std::size_t>(column_family)];
    }

    // Throw std::runtime_error where the disk fails or the store is closed.
    std::optional<std::string> get(std::string_view meta_key) const;
    // A value; nothing where there is none. An error of the disk is not thrown but returned.
    rocksdb::Status find(ColumnFamily column_family, const std::string& key, std::optional<std::string>& value) const;
    Cursor scan(ColumnFamily column_family, std::string from, std::string to) const;

    // The first write to a new database is done: from now on it is never created again.
    void finish_creation();

    // What was acknowledged when the store was opened; the commit thread keeps it up to date and calls
    // `write_watermark`. Nothing before the first.
    std::optional<HighWatermark>& watermark() { return watermark_; }
    const std::optional<HighWatermark>& watermark() const { return watermark_; }
    void write_watermark();

    // Has the watermark say how long the MANIFEST is, which nothing else would show once it is cut off.
    void note_manifest();

    // True where acknowledged commits could not be read when the database was opened, and it was opened without them.
    bool has_holes() const { return watermark_ && watermark_->suspect; }

    // The highest number of a record of `log` by the names of the database's files, which damage in them leaves.
    Offset last_by_files(Stream stream) const;

    // False once the watermark's file or the write-ahead log was removed under the store: what is written now is gone
    // with the process.
    bool is_linked();
    bool watermark_is_linked() const { return watermark_file_.is_linked(); }

    // True if the disk takes a small file again.
    bool disk_takes_writes() const;

    // Closes and opens again: what is found then is what is on disk. If the disk still refuses, it stays readable
    // where that is possible, and can be tried again.
    rocksdb::Status reopen();

    // Everything that takes room, about; and what the file system has left.
    std::uint64_t bytes_on_disk() const;
    std::uint64_t bytes_free() const;

    // What the keys between take in files, about, and at most what they take in memory.
    std::uint64_t bytes_between(ColumnFamily column_family, const std::string& from, const std::string& to) const;

    // Gives back the disk space of deleted records: at once that of the files that hold nothing else; with `compact`
    // also of those that do, which takes a while. Keys of `deleted` are record keys.
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
    rocksdb::Status create(bool again);
    rocksdb::Status open(bool read_only);
    rocksdb::Status open(bool read_only, rocksdb::WALRecoveryMode mode, bool create = false);
    bool recovers_acknowledged(rocksdb::WALRecoveryMode mode);
    rocksdb::Status open_over_damage();
    rocksdb::Status sync_directory() const;
    void remove_files() const;
    bool log_is_linked() const;
    void require_whole_manifest() const;
    void close_database();

    std::string directory_;
    rocksdb::Env* env_;
    std::size_t write_buffer_;         // bytes of records in memory
    mutable std::shared_mutex mutex_;  // shared to use the database, alone to replace it
    std::unique_ptr<rocksdb::DB> database_;
    std::array<rocksdb::ColumnFamilyHandle*, column_families> handles_{};
    std::vector<rocksdb::ColumnFamilyHandle*> foreign_;  // of a newer version, which is then refused
    bool creating_ = false;
    std::optional<HighWatermark> watermark_;
    HighWatermarkFile watermark_file_;
    bool watermark_failed_ = false;
    std::string log_path_;             // of the write-ahead log, when it was last asked for
    std::uint32_t log_path_used_ = 0;  // so often since
};

}  // namespace pintle::journal
