#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "import/line.hpp"

namespace pintle::cli::importer {

// The lines of a file. Throws std::system_error where reading fails.
class InputFile {
public:
    enum class Use : std::uint8_t { exclusive, shared };

    // `-` is stdin. For exclusive use a file is locked; throws std::runtime_error where another `pintle import` holds
    // the lock.
    explicit InputFile(const std::string& path, Use use = Use::exclusive,
                       std::size_t max_line = std::numeric_limits<std::size_t>::max());
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    // Nothing for a pipe, which cannot be read again.
    std::optional<std::uint64_t> size() const noexcept { return size_; }
    std::string start(std::size_t bytes) const;  // its first bytes; requires a size
    void go_to(std::uint64_t offset, std::uint64_t line);

    bool next(Line& line);     // false at the end. Throws std::runtime_error for a line of over `max_line` bytes
    bool would_block() const;  // `next` would block until somebody writes

private:
    bool read_more();

    std::string path_;
    std::size_t max_line_;
    int file_ = -1;
    std::optional<std::uint64_t> size_;
    std::uint64_t offset_ = 0;
    std::uint64_t line_ = 0;
    std::string read_;      // bytes read ahead
    std::size_t used_ = 0;  // of `read_`
    bool ended_ = false;
};

}  // namespace pintle::cli::importer
