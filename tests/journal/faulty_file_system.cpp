#include "faulty_file_system.hpp"

#include <filesystem>
#include <fstream>
#include <numeric>
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
            if (!system_.dead_) {
                append({bytes.data(), bytes.size() / 2}, options, debug).PermitUncheckedError();
            }
            return status;
        }
        return append(bytes, options, debug);
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
    // Writes and counts at once: another thread may see the file's new size and sync it in between, and would then sync
    // less than it saw.
    IOStatus append(const rocksdb::Slice& bytes, const IOOptions& options, IODebugContext* debug) {
        const std::lock_guard lock(system_.mutex_);
        auto status = target()->Append(bytes, options, debug);
        if (status.ok()) system_.files_[path_].size += bytes.size();
        return status;
    }

    IOStatus sync(const IOOptions& options, IODebugContext* debug) {
        if (auto status = system_.before_sync(path_); !status.ok()) {
            system_.sync_failed(path_);
            return status;
        }
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
        if (auto status = system_.before(Operation::sync_directory); !status.ok()) return status;
        if (system_.fail_syncs) return IOStatus::IOError("sync failed");
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

void FaultyFileSystem::plan(const Plan& plan) {
    const std::lock_guard lock(mutex_);
    plan_ = plan;
    struck_ = false;
}

std::uint64_t FaultyFileSystem::operations(std::optional<Operation> operation) const {
    const std::lock_guard lock(mutex_);
    if (operation) return operations_.at(static_cast<std::size_t>(*operation));
    return std::accumulate(operations_.begin(), operations_.end(), std::uint64_t{0});
}

void FaultyFileSystem::mend() {
    {
        const std::lock_guard lock(mutex_);
        plan_.reset();
    }
    fail_writes = fail_syncs = false;
    writes_until_failure = syncs_until_failure = -1;
    capacity = UINT64_MAX;
}

IOStatus FaultyFileSystem::before(Operation operation) {
    using What = Plan::What;
    if (dead_) return IOStatus::IOError("dead");
    const auto full = used();
    const std::lock_guard lock(mutex_);
    ++operations_.at(static_cast<std::size_t>(operation));
    if (!plan_ || (plan_->operation && *plan_->operation != operation) || plan_->after-- > 0) return IOStatus::OK();
    struck_ = true;
    const auto what = plan_->what;
    if (what != What::fail_on) plan_.reset();
    switch (what) {
        case What::fill: capacity = full; return IOStatus::OK();
        case What::die: dead_ = true; break;
        default: break;
    }
    return IOStatus::IOError("failed as planned");
}

IOStatus FaultyFileSystem::before_write(const std::string&, std::uint64_t bytes) {
    if (auto status = before(Operation::write); !status.ok()) return status;
    if (fail_writes) return IOStatus::IOError("write failed");
    if (used() + bytes > capacity) return IOStatus::NoSpace("no space");
    if (counts_down(writes_until_failure)) return IOStatus::IOError("write failed once");
    return IOStatus::OK();
}

IOStatus FaultyFileSystem::before_sync(const std::string& path) {
    if (auto status = before(Operation::sync); !status.ok()) return status;
    if (path.ends_with(".log")) ++log_syncs;
    if (fail_syncs) return IOStatus::IOError("sync failed");
    if (counts_down(syncs_until_failure)) return IOStatus::IOError("sync failed once");
    return IOStatus::OK();
}

void FaultyFileSystem::truncated(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    auto& file = files_[path];
    file.size = size;
    file.synced = std::min(file.synced, size);
}

void FaultyFileSystem::synced(const std::string& path) {
    const std::lock_guard lock(mutex_);
    auto& file = files_[path];
    if (!file.lost) file.synced = file.size;
}

void FaultyFileSystem::sync_failed(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_[path].lost = true;
}

void FaultyFileSystem::directory_synced() {
    const std::lock_guard lock(mutex_);
    for (auto& [path, file] : files_) file.in_directory = true;
    renames_.clear();
    for (const auto& removed : removed_) std::filesystem::remove(removed.moved_to);
    removed_.clear();
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
    if (auto status = before(Operation::create); !status.ok()) return status;
    if (fail_writes) return IOStatus::IOError("no new file");
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
    if (auto status = before(Operation::create); !status.ok()) return status;
    if (fail_writes) return IOStatus::IOError("no new file");
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
    if (auto status = before(Operation::remove); !status.ok()) return status;
    const std::lock_guard lock(mutex_);
    auto file = files_.extract(path);
    if (!file || !file.mapped().in_directory) return target()->DeleteFile(path, options, debug);
    // It is back if the machine dies before the directory is synced.
    auto moved_to = std::filesystem::path(path).parent_path().string() + ".removed-" + std::to_string(removals_++);
    std::filesystem::rename(path, moved_to);
    removed_.push_back({path, std::move(moved_to), file.mapped()});
    return IOStatus::OK();
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                      IODebugContext* debug) {
    if (auto status = before(Operation::rename); !status.ok()) return status;
    const std::lock_guard lock(mutex_);
    std::optional<std::string> replaced;
    if (files_.contains(to)) {
        std::ifstream stream(to, std::ios::binary);
        replaced.emplace(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    const auto status = target()->RenameFile(from, to, options, debug);
    if (!status.ok()) return status;
    if (auto file = files_.extract(from)) {
        file.key() = to;
        files_.erase(to);
        files_.insert(std::move(file));
    }
    renames_.push_back({from, to, std::move(replaced)});
    return status;
}

// Backwards, as each may build on the one before it.
void FaultyFileSystem::undo_renames() {
    for (; !renames_.empty(); renames_.pop_back()) {
        const auto& [from, to, replaced] = renames_.back();
        auto file = files_.extract(to);
        if (!file) continue;
        std::filesystem::rename(to, from);
        file.key() = from;
        files_.insert(std::move(file));
        if (!replaced) continue;
        std::ofstream(to, std::ios::binary) << *replaced;
        files_[to] = {replaced->size(), replaced->size(), true, false};
    }
}

void FaultyFileSystem::undo_removals() {
    for (auto& [path, moved_to, file] : removed_) {
        if (files_.contains(path)) {
            std::filesystem::remove(moved_to);
            continue;
        }
        std::filesystem::rename(moved_to, path);
        files_.emplace(path, file);
    }
    removed_.clear();
}

void FaultyFileSystem::cut(const std::string& path, File& file, unsigned keep, bool garble) const {
    const auto kept = (file.size - file.synced) * keep / 1000;
    std::filesystem::resize_file(path, file.synced + kept);
    if (garble && kept > 0) {
        std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekp(static_cast<std::streamoff>(file.synced + kept / 2));
        stream << std::string(kept - kept / 2, '\xA5');
    }
    file = {file.synced + kept, file.synced + kept, true, false};
}

void FaultyFileSystem::restart(unsigned keep, bool garble) {
    {
        const std::lock_guard lock(mutex_);
        undo_removals();
        if (keep == 0) undo_renames();
        renames_.clear();
        for (auto at = files_.begin(); at != files_.end();) {
            auto& [path, file] = *at;
            if (keep == 0 && !file.in_directory) {
                std::filesystem::remove(path);
                at = files_.erase(at);
                continue;
            }
            cut(path, file, keep, garble);
            ++at;
        }
    }
    dead_ = false;
    mend();
}

}  // namespace pintle::journal
