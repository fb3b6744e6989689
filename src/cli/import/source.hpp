#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "import/line.hpp"

namespace pintle::cli::importer {

// The file that is sent. Throws std::system_error where the machine fails.
class Source {
public:
    // `-` is stdin. A file is locked, against another `pintle import`; throws std::runtime_error where one has it.
    explicit Source(const std::string& path);
    ~Source();
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    // Of a file that can be read again from any place, which a pipe cannot.
    std::optional<std::uint64_t> size() const noexcept { return size_; }
    std::string start(std::size_t bytes) const;  // its first ones; only with a size
    void go_to(std::uint64_t offset, std::uint64_t line);

    bool next(Line& line);  // false: there are no more
    bool waits() const;     // `next` would wait for somebody to write

private:
    bool read_more();

    int file_ = -1;
    std::optional<std::uint64_t> size_;
    std::uint64_t offset_ = 0;
    std::uint64_t line_ = 0;
    std::string read_;      // ahead of the lines
    std::size_t used_ = 0;  // of that
    bool ended_ = false;
};

}  // namespace pintle::cli::importer
