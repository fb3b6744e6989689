#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::journal {

// Reads a write-ahead log of RocksDB as far as its bytes are whole, past what is not: RocksDB itself stops at the first
// damage, or skips to the next block of 32 KiB. Pure: `file` is what the log holds.
class LogReader {
public:
    explicit LogReader(std::string_view file) : file_(file) {}

    // The next batch that is whole. False at the end.
    bool next(std::string& batch);

    // Bytes that belonged to no batch so far, as offsets in the file.
    struct Gap {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    const std::vector<Gap>& gaps() const { return gaps_; }

private:
    struct Fragment {
        std::uint8_t type = 0;
        std::string_view bytes;
    };
    bool next_fragment(Fragment& fragment);
    bool fragment_at(std::size_t offset, Fragment& fragment) const;
    void add_gap(std::size_t begin, std::size_t end);

    std::string_view file_;
    std::size_t at_ = 0;
    std::vector<Gap> gaps_;
};

}  // namespace pintle::journal
