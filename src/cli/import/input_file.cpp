#include "import/input_file.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pintle::cli::importer {
namespace {

constexpr std::size_t read_size = 256UL * 1024;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

InputFile::InputFile(const std::string& path, Use use, std::size_t max_line)
    : path_(path),
      max_line_(max_line),
      file_(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) fail(path);
    struct stat status{};
    if (fstat(file_, &status) != 0) fail(path);
    if (S_ISDIR(status.st_mode)) throw std::runtime_error(path + " is a directory");
    if (path == "-" || !S_ISREG(status.st_mode)) return;
    if (use == Use::exclusive && flock(file_, LOCK_EX | LOCK_NB) != 0)
        throw std::runtime_error("another pintle is importing " + path);
    size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
    if (file_ >= 0) close(file_);
}

std::string InputFile::start(std::size_t bytes) const {
    std::string text(bytes, '\0');
    std::size_t size = 0;
    while (size < bytes) {
        const auto count = pread(file_, text.data() + size, bytes - size, static_cast<off_t>(size));
        if (count < 0) fail("read");
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    text.resize(size);
    return text;
}

void InputFile::go_to(std::uint64_t offset, std::uint64_t line) {
    if (lseek(file_, static_cast<off_t>(offset), SEEK_SET) < 0) fail("seek");
    offset_ = offset;
    line_ = line;
}

bool InputFile::read_more() {
    if (ended_) return false;
    read_.erase(0, used_);
    used_ = 0;
    const auto size = read_.size();
    read_.resize(size + read_size);
    ssize_t count = 0;
    do {
        count = ::read(file_, read_.data() + size, read_size);
    } while (count < 0 && errno == EINTR);
    if (count < 0) fail("read");
    read_.resize(size + static_cast<std::size_t>(count));
    ended_ = count == 0;
    return !ended_;
}

bool InputFile::next(Line& line) {
    auto end = read_.find('\n', used_);
    for (auto searched = read_.size() - used_; end == std::string::npos; searched = read_.size() - used_) {
        if (searched > max_line_) {
            throw std::runtime_error(path_ + ":" + std::to_string(line_ + 1) + ": the line has over " +
                                     std::to_string(max_line_) + " bytes");
        }
        if (!read_more()) break;
        end = read_.find('\n', used_ + searched);
    }
    if (end == std::string::npos && used_ == read_.size()) return false;
    const auto stop = end == std::string::npos ? read_.size() : end;
    line.text.assign(read_, used_, stop - used_);
    line.offset = offset_;
    line.number = ++line_;
    used_ = end == std::string::npos ? stop : stop + 1;
    offset_ += line.text.size() + (end == std::string::npos ? 0 : 1);
    line.end = offset_;
    if (line.text.ends_with('\r')) line.text.pop_back();
    if (line.offset == 0 && line.text.starts_with("\xef\xbb\xbf")) line.text.erase(0, 3);  // a byte order mark
    return true;
}

bool InputFile::would_block() const {
    if (ended_ || read_.find('\n', used_) != std::string::npos) return false;
    pollfd file{file_, POLLIN, 0};
    return poll(&file, 1, 0) == 0;
}

}  // namespace pintle::cli::importer
