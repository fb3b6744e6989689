#include "import/source.hpp"

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

constexpr std::size_t step = 256UL * 1024;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

Source::Source(const std::string& path)
    : file_(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) fail(path);
    struct stat facts{};
    if (fstat(file_, &facts) != 0) fail(path);
    if (S_ISDIR(facts.st_mode)) throw std::runtime_error(path + " is a directory");
    if (path == "-" || !S_ISREG(facts.st_mode)) return;
    if (flock(file_, LOCK_EX | LOCK_NB) != 0) throw std::runtime_error("another pintle is sending " + path);
    size_ = static_cast<std::uint64_t>(facts.st_size);
}

Source::~Source() {
    if (file_ >= 0) close(file_);
}

std::string Source::start(std::size_t bytes) const {
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

void Source::go_to(std::uint64_t offset, std::uint64_t line) {
    if (lseek(file_, static_cast<off_t>(offset), SEEK_SET) < 0) fail("seek");
    offset_ = offset;
    line_ = line;
}

bool Source::read_more() {
    if (ended_) return false;
    read_.erase(0, used_);
    used_ = 0;
    const auto size = read_.size();
    read_.resize(size + step);
    ssize_t count = 0;
    do {
        count = ::read(file_, read_.data() + size, step);
    } while (count < 0 && errno == EINTR);
    if (count < 0) fail("read");
    read_.resize(size + static_cast<std::size_t>(count));
    ended_ = count == 0;
    return !ended_;
}

bool Source::next(Line& line) {
    auto end = read_.find('\n', used_);
    for (auto looked_at = read_.size() - used_; end == std::string::npos; looked_at = read_.size() - used_) {
        if (!read_more()) break;
        end = read_.find('\n', used_ + looked_at);
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

bool Source::waits() const {
    if (ended_ || read_.find('\n', used_) != std::string::npos) return false;
    pollfd file{file_, POLLIN, 0};
    return poll(&file, 1, 0) == 0;
}

}  // namespace pintle::cli::importer
