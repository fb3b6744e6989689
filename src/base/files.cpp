#include "pintle/base/files.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pintle::files {
namespace {

[[noreturn]] void fail() {
    throw std::system_error(errno, std::generic_category());
}

int try_open(const std::string& path, int flags, unsigned mode = 0) {
    int file = -1;
    do {
        file = ::open(path.c_str(), flags | O_CLOEXEC, mode);  // NOLINT(*-vararg)
    } while (file < 0 && errno == EINTR);
    return file;
}

struct stat facts_of(const Descriptor& file) {
    struct stat facts{};
    if (fstat(file.get(), &facts) != 0) fail();
    return facts;
}

std::string too_large(std::size_t max_size) {
    return "has over " + std::to_string(max_size) + " bytes";
}

// Neither waits for the other end of a pipe nor affects a device.
constexpr int careful = O_NONBLOCK | O_NOCTTY;

Descriptor open_own(const std::string& path, int flags) {
    Descriptor file(try_open(path, O_RDWR | O_NOFOLLOW | careful | flags, 0600));
    if (!file) {
        if (errno == ENOENT && (flags & O_CREAT) == 0) return file;
        if (errno == ELOOP) throw std::runtime_error("is a symbolic link; it must be a regular file");
        if (errno == ENXIO || errno == EISDIR) throw std::runtime_error("is not a regular file");
        fail();
    }
    const auto facts = facts_of(file);
    if (!S_ISREG(facts.st_mode)) throw std::runtime_error("is not a regular file");
    if (facts.st_uid != geteuid()) throw std::runtime_error("belongs to another user");
    if (facts.st_nlink > 1) throw std::runtime_error("has another name too (a hard link)");
    return file;
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

std::string read(const std::string& path, std::size_t max_size, Kind kind) {
    const Descriptor file(try_open(path, O_RDONLY | (kind == Kind::regular ? careful : O_NOCTTY)));
    if (!file) fail();
    const auto facts = facts_of(file);
    if (S_ISDIR(facts.st_mode)) throw std::system_error(EISDIR, std::generic_category());
    if (S_ISREG(facts.st_mode)) {
        if (static_cast<std::uint64_t>(facts.st_size) > max_size) throw std::runtime_error(too_large(max_size));
    } else if (kind == Kind::regular) {
        throw std::runtime_error("is not a regular file");
    }
    std::string text;
    std::array<char, 16UL * 1024> part{};
    while (true) {
        const auto count = ::read(file.get(), part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail();
        if (count == 0) return text;
        text.append(part.data(), static_cast<std::size_t>(count));
        if (text.size() > max_size) throw std::runtime_error(too_large(max_size));
    }
}

Descriptor open_own(const std::string& path) {
    return open_own(path, O_CREAT);
}

Descriptor open_own_if_there(const std::string& path) {
    return open_own(path, 0);
}

Descriptor create_anew(const std::string& path, unsigned mode) {
    ::unlink(path.c_str());  // if that fails, the next call fails too
    Descriptor file(try_open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    if (!file) fail();
    return file;
}

void write(const Descriptor& file, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(file.get(), text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail();
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace pintle::files
