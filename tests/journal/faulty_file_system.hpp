#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace pintle::journal {

enum class Operation : std::uint8_t { write, sync, create, rename, remove, sync_directory };

// The machine's file system, made to fail: operations that fail on demand, a disk that fills up, a machine that dies
// with everything that was not synced. Once a file's sync has failed, what was not synced by then is lost for good,
// whatever later syncs report, as Linux has it. Thread-safe.
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

    // What is to happen, and at which operation from now on, counted from 0.
    struct Plan {
        enum class What : std::uint8_t { fail_once, fail_on, fill, die };
        What what{};
        std::optional<Operation> operation;  // the only one that counts and fails; none: all do
        int after = 0;
    };
    void plan(const Plan& plan);
    bool struck() const { return struck_; }                                   // it has happened
    std::uint64_t operations(std::optional<Operation> operation = {}) const;  // so far

    // All faults end, and what was planned is off.
    void mend();

    // From now on the machine is dead: nothing reaches the disk any more.
    void die() { dead_ = true; }
    bool dead() const { return dead_; }

    // What is on the disk when the machine starts again, once everything is closed: files up to where they were synced;
    // what was made, renamed or deleted since their directory was synced is undone. Of what lies behind, `keep`
    // permille stay, and then so do changes of the directory, but for deletions; `garble`: as garbage.
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
        bool lost = false;          // a sync failed
    };
    struct Rename {
        std::string from;
        std::string to;
        std::optional<std::string> replaced;  // what `to` held
    };
    struct Removed {
        std::string path;
        std::string moved_to;
        File file;
    };

    rocksdb::IOStatus before(Operation operation);
    rocksdb::IOStatus before_write(const std::string& path, std::uint64_t bytes);
    void truncated(const std::string& path, std::uint64_t size);
    rocksdb::IOStatus before_sync(const std::string& path);
    void synced(const std::string& path);
    void sync_failed(const std::string& path);
    void directory_synced();
    void undo_renames();
    void undo_removals();
    void cut(const std::string& path, File& file, unsigned keep, bool garble) const;

    std::atomic<bool> dead_{false};
    std::atomic<bool> struck_{false};
    mutable std::mutex mutex_;
    std::optional<Plan> plan_;
    std::map<std::string, File> files_;
    std::vector<Rename> renames_;   // since the directory was synced
    std::vector<Removed> removed_;  // since the directory was synced
    std::uint64_t removals_ = 0;
    std::array<std::uint64_t, 6> operations_{};
};

}  // namespace pintle::journal
