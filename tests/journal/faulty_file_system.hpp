#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace pintle::journal {

// The machine's file system, made to fail: writes and syncs that fail on demand, a disk that fills up, a machine that
// dies with everything that was not synced. Thread-safe.
class FaultyFileSystem : public rocksdb::FileSystemWrapper {
public:
    FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

    const char* Name() const override { return "FaultyFileSystem"; }

    std::atomic<bool> fail_writes{false};
    std::atomic<bool> fail_syncs{false};
    std::atomic<int> writes_until_failure{-1};        // that many more succeed, one fails half-way; -1: never
    std::atomic<int> syncs_until_failure{-1};         // the one that fails leaves what was written readable
    std::atomic<std::uint64_t> capacity{UINT64_MAX};  // bytes in all files
    std::atomic<std::uint64_t> log_syncs{0};          // of the write-ahead log

    std::uint64_t used() const;

    // From now on the machine is dead: nothing reaches the disk any more.
    void die() { dead_ = true; }

    // What is on the disk when the machine starts again, once everything is closed: the files that their directory was
    // synced for, up to where they were synced. Of what lies behind, `keep` permille stay; `garble`: as garbage.
    void restart(unsigned keep = 0, bool garble = false);

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override;

private:
    friend class FaultyFile;
    friend class FaultyDirectory;

    struct File {
        std::uint64_t size = 0;
        std::uint64_t synced = 0;
        bool in_directory = false;  // its directory was synced since it was made
    };

    rocksdb::IOStatus before_write(const std::string& path, std::uint64_t bytes);
    void written(const std::string& path, std::uint64_t bytes);
    void truncated(const std::string& path, std::uint64_t size);
    rocksdb::IOStatus before_sync(const std::string& path);
    void synced(const std::string& path);
    void directory_synced();

    std::atomic<bool> dead_{false};
    mutable std::mutex mutex_;
    std::map<std::string, File> files_;
};

}  // namespace pintle::journal
