#include "send/notebook.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace pintle::send {
namespace {

[[noreturn]] void fail(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), path);
}

// All of it, on disk when this returns.
void write_out(const std::string& path, std::string_view text, int how) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0666);  // NOLINT(*-vararg)
    if (file < 0) fail(path);
    while (!text.empty()) {
        const auto count = ::write(file, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) break;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    const bool done = text.empty() && fdatasync(file) == 0;
    const int error = errno;
    close(file);
    errno = error;
    if (!done) fail(path);
}

}  // namespace

std::optional<std::string> Notebook::read() const {
    if (progress_.empty()) return std::nullopt;
    std::ifstream file(progress_, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::uint64_t Notebook::rejects_size() const {
    std::error_code error;
    const auto size = std::filesystem::file_size(rejects_, error);
    return error ? 0 : size;
}

void Notebook::cut_rejects(std::uint64_t size) {
    if (rejects_size() <= size) return;
    if (truncate(rejects_.c_str(), static_cast<off_t>(size)) != 0) fail(rejects_);
}

void Notebook::write(const std::vector<Rejected>& rejected, Progress& progress) {
    if (!rejected.empty()) {
        std::string text;
        for (const auto& line : rejected) text += line.text + '\n';
        write_out(rejects_, text, O_APPEND);
        progress.rejects_to = rejects_size();
    }
    if (progress_.empty()) return;
    const auto fresh = progress_ + ".new";
    write_out(fresh, progress.write(), O_TRUNC);
    if (std::rename(fresh.c_str(), progress_.c_str()) != 0) fail(progress_);
}

void Notebook::finish() {
    if (!progress_.empty()) std::filesystem::remove(progress_);
}

}  // namespace pintle::send
