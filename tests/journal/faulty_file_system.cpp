#include "journal/faulty_file_system.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

namespace pintle::journal {
namespace {

// True when `counter` was at 0; below that it stays.
bool counts_down(std::atomic<int>& counter) {
    auto now = counter.load();
    while (now >= 0 && !counter.compare_exchange_weak(now, now - 1)) {
    }
    return now == 0;
}

}  // namespace

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class FaultyFile : public rocksdb::FSWritableFileWrapper {
public:
    FaultyFile(FaultyFileSystem& system, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileWrapper(file.get()), system_(system), path_(std::move(path)), file_(std::move(file)) {}

    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
        if (auto status = system_.before_write(path_, bytes.size()); !status.ok()) {
            // As a real disk may, it takes the first half.
            const rocksdb::Slice half(bytes.data(), bytes.size() / 2);
            if (!system_.dead_ && target()->Append(half, options, debug).ok()) system_.written(path_, half.size());
            return status;
        }
        const auto status = target()->Append(bytes, options, debug);
        if (status.ok()) system_.written(path_, bytes.size());
        return status;
    }
    IOStatus Append(const rocksdb::Slice& bytes, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                    IODebugContext* debug) override {
        return Append(bytes, options, debug);
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
        if (system_.dead_) return IOStatus::IOError("dead");
        const auto status = target()->Truncate(size, options, debug);
        if (status.ok()) system_.truncated(path_, size);
        return status;
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override { return sync(options, debug); }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override { return sync(options, debug); }

private:
    IOStatus sync(const IOOptions& options, IODebugContext* debug) {
        if (auto status = system_.before_sync(path_); !status.ok()) return status;
        // The tests decide what a restart finds, so nothing needs to wait for the real disk.
        auto status = target()->Flush(options, debug);
        if (status.ok()) system_.synced(path_);
        return status;
    }

    FaultyFileSystem& system_;
    std::string path_;
    std::unique_ptr<rocksdb::FSWritableFile> file_;
};

class FaultyDirectory : public rocksdb::FSDirectoryWrapper {
public:
    FaultyDirectory(FaultyFileSystem& system, std::unique_ptr<rocksdb::FSDirectory> directory)
        : FSDirectoryWrapper(std::move(directory)), system_(system) {}

    IOStatus Fsync(const IOOptions&, IODebugContext*) override { return sync(); }
    IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*, const rocksdb::DirFsyncOptions&) override {
        return sync();
    }

private:
    IOStatus sync() {
        if (auto status = system_.before_sync({}); !status.ok()) return status;
        system_.directory_synced();
        return IOStatus::OK();
    }

    FaultyFileSystem& system_;
};

std::uint64_t FaultyFileSystem::used() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t total = 0;
    for (const auto& [path, file] : files_) total += file.size;
    return total;
}

IOStatus FaultyFileSystem::before_write(const std::string&, std::uint64_t bytes) {
    if (dead_) return IOStatus::IOError("dead");
    if (fail_writes) return IOStatus::IOError("write failed");
    if (used() + bytes > capacity) return IOStatus::NoSpace("no space");
    if (counts_down(writes_until_failure)) return IOStatus::IOError("write failed once");
    return IOStatus::OK();
}

IOStatus FaultyFileSystem::before_sync(const std::string& path) {
    if (dead_) return IOStatus::IOError("dead");
    if (path.ends_with(".log")) ++log_syncs;
    if (fail_syncs) return IOStatus::IOError("sync failed");
    if (counts_down(syncs_until_failure)) return IOStatus::IOError("sync failed once");
    return IOStatus::OK();
}

void FaultyFileSystem::written(const std::string& path, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    files_[path].size += bytes;
}

void FaultyFileSystem::truncated(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    auto& file = files_[path];
    file.size = size;
    file.synced = std::min(file.synced, size);
}

void FaultyFileSystem::synced(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_[path].synced = files_[path].size;
}

void FaultyFileSystem::directory_synced() {
    const std::lock_guard lock(mutex_);
    for (auto& [path, file] : files_) file.in_directory = true;
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
    if (dead_ || fail_writes) return IOStatus::IOError("no new file");
    std::unique_ptr<rocksdb::FSWritableFile> real;
    const auto status = target()->NewWritableFile(path, options, &real, debug);
    if (!status.ok()) return status;
    const std::lock_guard lock(mutex_);
    files_[path] = {};
    *file = std::make_unique<FaultyFile>(*this, path, std::move(real));
    return status;
}

IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
    if (dead_ || fail_writes) return IOStatus::IOError("no new file");
    std::unique_ptr<rocksdb::FSWritableFile> real;
    const auto status = target()->ReopenWritableFile(path, options, &real, debug);
    if (status.ok()) *file = std::make_unique<FaultyFile>(*this, path, std::move(real));
    return status;
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* debug) {
    std::unique_ptr<rocksdb::FSDirectory> real;
    const auto status = target()->NewDirectory(path, options, &real, debug);
    if (status.ok()) *directory = std::make_unique<FaultyDirectory>(*this, std::move(real));
    return status;
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) {
    if (dead_) return IOStatus::IOError("dead");
    const auto status = target()->DeleteFile(path, options, debug);
    const std::lock_guard lock(mutex_);
    files_.erase(path);
    return status;
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                      IODebugContext* debug) {
    if (dead_) return IOStatus::IOError("dead");
    const auto status = target()->RenameFile(from, to, options, debug);
    if (!status.ok()) return status;
    const std::lock_guard lock(mutex_);
    if (auto file = files_.extract(from)) {
        file.key() = to;
        file.mapped().in_directory = true;  // renames are taken to be durable at once, as journalling file systems do
        files_.erase(to);
        files_.insert(std::move(file));
    }
    return status;
}

void FaultyFileSystem::restart(unsigned keep, bool garble) {
    const std::lock_guard lock(mutex_);
    for (auto at = files_.begin(); at != files_.end();) {
        auto& [path, file] = *at;
        if (!file.in_directory) {
            std::filesystem::remove(path);
            at = files_.erase(at);
            continue;
        }
        const auto kept = (file.size - file.synced) * keep / 1000;
        std::filesystem::resize_file(path, file.synced + kept);
        if (garble && kept > 0) {
            std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
            stream.seekp(static_cast<std::streamoff>(file.synced + kept / 2));
            stream << std::string(kept - kept / 2, '\xA5');
        }
        file.size = file.synced = file.synced + kept;
        ++at;
    }
    dead_ = false;
    fail_writes = fail_syncs = false;
    writes_until_failure = syncs_until_failure = -1;
    capacity = UINT64_MAX;
}

}  // namespace pintle::journal
