#include "rocksdb/open_errors.hpp"

#include "pintle/base/files.hpp"
#include "pintle/journal/errors.hpp"
#include "pintle/logging/logging.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/system/errc.hpp>

namespace pintle::journal {
namespace {

[[noreturn]] void fail(const std::string& directory, const std::string& what) {
    throw std::runtime_error("journal directory " + directory + " " + what);
}

// Files that are not a journal's, or are empty.
constexpr std::array<std::string_view, 3> no_content{"LOCK", "lost+found", "probe"};

bool is_of_journal(const std::string& name) {
    constexpr std::array<std::string_view, 4> prefixes{"MANIFEST-", "OPTIONS-", "IDENTITY", "HIGH_WATERMARK"};
    constexpr std::array<std::string_view, 3> suffixes{".sst", ".log", ".dbtmp"};
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); }) ||
           std::ranges::any_of(suffixes, [&](std::string_view suffix) { return name.ends_with(suffix); });
}

// The process that has the lock of the directory, or 0.
int lock_holder(const std::string& directory) {
    const files::Descriptor file(::open((directory + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC));
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (!file || fcntl(file.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
    return std::max(0, lock.l_pid);
}

JournalInUse in_use(const std::string& directory, int holder) {
    const auto process = holder > 0 ? "process " + std::to_string(holder) : std::string("another process");
    return {"journal directory " + directory + " is in use by " + process, holder};
}

bool has_text(const rocksdb::Status& status, std::string_view text) {
    return status.ToString().find(text) != std::string::npos;
}

}  // namespace

void make_directory(const std::string& directory, bool read_only) {
    std::error_code error;
    if (std::filesystem::exists(directory, error) && !std::filesystem::is_directory(directory, error))
        fail(directory, "is a file, not a directory");
    if (read_only) {
        if (!std::filesystem::exists(directory, error)) fail(directory, "does not exist");
        return;
    }
    auto path = std::filesystem::path(directory).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();  // it ended with a slash
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
    if (error) fail(directory, "is not writable: " + error.message());
    if (mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        fail(directory, "is not writable: " + std::generic_category().message(errno));
    }
    struct stat status{};
    if (stat(directory.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        logging::warn(
            "journal_directory_not_private directory={} mode={} message=\"others than its owner may look into it\"",
            directory, fmt::format("{:04o}", status.st_mode & 07777U));
    }
    if (access(directory.c_str(), W_OK | X_OK) != 0) {
        fail(directory, "is not writable: " + std::generic_category().message(errno));
    }
}

Contents contents_of(const std::string& directory) {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        auto name = entry.path().filename().string();
        if (std::ranges::find(no_content, name) == no_content.end()) files.push_back(std::move(name));
    }
    if (error) fail(directory, "cannot be read: " + error.message());
    const auto has = [&](std::string_view name) { return std::ranges::find(files, name) != files.end(); };
    if (files.empty()) return Contents::nothing;
    if (has(creation_marker)) return Contents::unfinished;
    if (has("CURRENT")) return Contents::journal;
    if (std::ranges::none_of(files, is_of_journal)) {
        fail(directory, "holds files that are not a journal's (" + *std::ranges::min_element(files) +
                            "): name a directory that is empty or not there yet");
    }
    fail(directory, std::string("is damaged: its file CURRENT is missing; ") + repair_hint);
}

void throw_open_error(const std::string& directory, const rocksdb::Status& status) {
    // Closing LOCK would release a lock of this process, so the holder is looked up only where it is another one.
    const bool by_another = has_text(status, "LOCK: Resource temporarily unavailable");
    if (by_another || has_text(status, "lock hold by current process")) {
        throw in_use(directory, by_another ? lock_holder(directory) : getpid());
    }
    const bool damaged = status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
                         status.IsInvalidArgument() || has_text(status, "No such file");
    if (damaged) fail(directory, "is damaged: " + status.ToString() + "; " + repair_hint);
    fail(directory, "cannot be opened: " + status.ToString());
}

boost::system::error_code error_of(const rocksdb::Status& status) {
    namespace errc = boost::system::errc;
    return make_error_code(status.IsNoSpace() ? errc::no_space_on_device : errc::io_error);
}

}  // namespace pintle::journal
