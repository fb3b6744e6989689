#include "compare/partitions.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace pintle::cli::compare {
namespace {

constexpr std::size_t buffer_size = 64UL * 1024;

[[noreturn]] void fail(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

files::Descriptor open_temporary(const std::string& directory) {
    files::Descriptor file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));  // NOLINT(*-vararg)
    if (file) return file;
    // Not every file system has such files.
    std::string path = directory + "/pintle-compare-XXXXXX";
    file = files::Descriptor(::mkostemp(path.data(), O_CLOEXEC));
    if (!file) fail("cannot make a temporary file in " + directory);
    ::unlink(path.c_str());
    return file;
}

template <class Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// Reads back what `put` and `put_text` wrote.
class Cursor {
public:
    explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

    template <class Number>
    Number number() {
        Number number{};
        take(sizeof number).copy(reinterpret_cast<char*>(&number), sizeof number);
        return number;
    }

    std::string text() { return std::string(take(number<std::uint32_t>())); }

private:
    std::string_view take(std::size_t size) {
        if (bytes_.size() < size) throw std::runtime_error("a temporary file is damaged");
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }

    std::string_view bytes_;
};

void put_text(std::string& out, std::string_view text) {
    put(out, static_cast<std::uint32_t>(text.size()));
    out += text;
}

void write_entry(std::string& out, Side side, const Entry& entry) {
    const auto begin = out.size();
    put(out, std::uint32_t{0});  // the size, below
    put(out, side);
    put(out, entry.line);
    put(out, entry.count);
    put(out, entry.operation.item);
    const auto& operation = entry.operation;
    for (const auto& text : {operation.action, operation.person, operation.name, operation.id, operation.time}) {
        put_text(out, text);
    }
    put_text(out, operation.text);
    const auto size = static_cast<std::uint32_t>(out.size() - begin - sizeof(std::uint32_t));
    std::memcpy(out.data() + begin, &size, sizeof size);
}

std::pair<Side, Entry> read_entry(std::string_view bytes) {
    Cursor cursor(bytes);
    const auto side = cursor.number<Side>();
    Entry entry;
    entry.line = cursor.number<std::uint64_t>();
    entry.count = cursor.number<std::uint64_t>();
    auto& operation = entry.operation;
    operation.item = cursor.number<std::size_t>();
    for (auto* const text : {&operation.action, &operation.person, &operation.name, &operation.id, &operation.time}) {
        *text = cursor.text();
    }
    operation.text = cursor.text();
    return {side, std::move(entry)};
}

}  // namespace

void PartitionFile::add(const std::string& directory, Side side, const Entry& entry) {
    write_entry(buffer_, side, entry);
    if (buffer_.size() >= buffer_size) flush(directory);
}

void PartitionFile::flush(const std::string& directory) {
    if (!file_) file_ = open_temporary(directory);
    files::write(file_, buffer_);
    written_ += buffer_.size();
    buffer_.clear();
}

void PartitionFile::read(const std::function<void(Side, Entry)>& take) {
    if (file_ && ::lseek(file_.get(), 0, SEEK_SET) < 0) fail("cannot read a temporary file");
    std::string bytes;  // those of the file, followed by those that are in memory
    std::size_t used = 0;
    const auto read_more = [&](std::size_t size) {
        bytes.erase(0, std::exchange(used, 0));
        const auto filled = bytes.size();
        bytes.resize(filled + std::max(size, buffer_size));
        ssize_t count = 0;
        do {
            count = file_ ? ::read(file_.get(), bytes.data() + filled, bytes.size() - filled) : 0;
        } while (count < 0 && errno == EINTR);
        if (count < 0) fail("cannot read a temporary file");
        bytes.resize(filled + static_cast<std::size_t>(count));
        if (count == 0) bytes += std::exchange(buffer_, {});
        return bytes.size() > filled;
    };
    const auto has = [&](std::size_t size) {
        while (bytes.size() - used < size) {
            if (!read_more(size)) return false;
        }
        return true;
    };
    std::uint32_t size = 0;
    while (has(sizeof size)) {
        std::memcpy(&size, bytes.data() + used, sizeof size);
        used += sizeof size;
        if (!has(size)) throw std::runtime_error("a temporary file is damaged");
        auto [side, entry] = read_entry(std::string_view(bytes).substr(used, size));
        used += size;
        take(side, std::move(entry));
    }
}

std::uint64_t hash_of(std::uint64_t number, std::initializer_list<std::string_view> texts) {
    // FNV-1a, and a last mixing step, as only some of the bits are used.
    std::uint64_t hash = 14695981039346656037U ^ (number * 0x9E3779B97F4A7C15U);
    const auto mix = [&](std::uint8_t byte) { hash = (hash ^ byte) * 1099511628211U; };
    for (const auto text : texts) {
        for (const char c : text) mix(static_cast<std::uint8_t>(c));
        mix(0xFF);  // in no UTF-8 text
    }
    hash ^= hash >> 32U;
    hash *= 0xD6E8FEB86659FD93U;
    return hash ^ (hash >> 32U);
}

}  // namespace pintle::cli::compare
