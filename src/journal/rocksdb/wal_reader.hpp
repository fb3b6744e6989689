#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pintle::journal {

// Reads all intact batches of a RocksDB write-ahead log. RocksDB itself stops at the first damage or skips to the next
// block of 32 KiB.
class WalReader {
public:
    // `file` is the content of the log.
    explicit WalReader(std::string_view file) : file_(file) {}

    // Reads the next intact batch. Returns false at the end.
    bool next(std::string& batch);

    // The parts of the file that belong to no intact batch.
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
