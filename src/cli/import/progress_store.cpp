#include "import/progress_store.hpp"

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "pintle/base/files.hpp"

namespace pintle::cli::importer {
namespace {

constexpr std::size_t max_progress = 1UL << 20U;  // bytes; the file has a few hundred and a path

[[noreturn]] void fail() {
    throw std::system_error(errno, std::generic_category());
}

// Runs `act`; its errors name the file.
template <class Act>
auto with_name(const std::string& path, Act act) {
    try {
        return act();
    } catch (const std::system_error& error) {
        throw std::system_error(error.code(), path);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + " " + error.what());
    }
}

std::uint64_t size_of(const files::Descriptor& file) {
    struct stat status{};
    if (fstat(file.get(), &status) != 0) fail();
    return static_cast<std::uint64_t>(status.st_size);
}

void flush(const files::Descriptor& file) {
    if (fdatasync(file.get()) != 0) fail();
}

}  // namespace

std::optional<std::string> ProgressStore::read() const {
    if (progress_.empty()) return std::nullopt;
    return with_name(progress_, [this]() -> std::optional<std::string> {
        if (!files::open_own_if_there(progress_)) return std::nullopt;
        return files::read(progress_, max_progress, files::Kind::regular);
    });
}

std::uint64_t ProgressStore::rejects_size() const {
    if (is_stdout()) return 0;
    return with_name(rejects_, [this]() -> std::uint64_t {
        const auto file = files::open_own_if_there(rejects_);
        return file ? size_of(file) : 0;
    });
}

void ProgressStore::cut_rejects(std::uint64_t size) {
    if (is_stdout()) return;
    with_name(rejects_, [this, size] {
        const auto file = files::open_own_if_there(rejects_);
        if (!file || size_of(file) <= size) return;
        if (ftruncate(file.get(), static_cast<off_t>(size)) != 0) fail();
    });
}

std::uint64_t ProgressStore::append_rejects(std::string_view text) {
    if (is_stdout()) {
        std::cout << text << std::flush;
        if (!std::cout) throw std::runtime_error("the rejected lines cannot be written to stdout");
        return 0;
    }
    return with_name(rejects_, [this, text] {
        const auto file = files::open_own(rejects_);
        if (lseek(file.get(), 0, SEEK_END) < 0) fail();
        files::write(file, text);
        flush(file);
        return size_of(file);
    });
}

void ProgressStore::write(const std::vector<RejectedLine>& rejected, Progress& progress) {
    if (!rejected.empty()) {
        std::string text;
        for (const auto& line : rejected) text += line.text + '\n';
        progress.rejects_to = append_rejects(text);
    }
    if (progress_.empty()) return;
    const auto fresh = progress_ + ".new";
    with_name(fresh, [&] {
        const auto file = files::create_anew(fresh, 0600);
        files::write(file, progress.write());
        flush(file);
    });
    with_name(progress_, [&] {
        if (std::rename(fresh.c_str(), progress_.c_str()) != 0) fail();
    });
}

void ProgressStore::finish() {
    if (progress_.empty()) return;
    with_name(progress_, [this] {
        if (::unlink(progress_.c_str()) != 0 && errno != ENOENT) fail();
    });
}

}  // namespace pintle::cli::importer
