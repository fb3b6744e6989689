#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "intervals.hpp"
#include "rocksdb/state.hpp"

namespace pintle::journal {

// The state of one stream that was last known to be on disk.
struct StreamWatermark {
    Stream id = 0;
    std::string name;
    Offset last = 0;
    DeadLetterTotals letters;
    Losses losses;
    std::string acked;          // encoded Intervals, perhaps incomplete
    std::string dead_lettered;  // encoded Intervals: acked records that became dead letters recently
};

// What the journal has confirmed, stored outside of its database. A database that is behind it has lost something.
struct HighWatermark {
    std::uint64_t commit = 0;  // the number of the last synced commit
    bool losses_uncounted =
        false;  // the database skipped damage when it was opened, and the losses are not counted yet
    std::vector<StreamWatermark> streams;
    std::string manifest;             // the name of the database's MANIFEST
    std::uint64_t manifest_size = 0;  // at least

    const StreamWatermark* find(Stream id) const;
    std::string encode() const;
    static std::optional<HighWatermark> decode(std::string_view bytes);
};

// The first ranges of encoded Intervals, up to `limit` bytes.
std::string_view leading_ranges(std::string_view encoded, std::size_t limit);

// The watermark's file: two slots with checksums, written alternately and not synced. After a power cut it may be older
// than the database but never newer. Not thread-safe, except for `is_linked`.
class HighWatermarkFile {
public:
    static constexpr const char* name = "HIGH_WATERMARK";
    static constexpr std::size_t slot_size = 64U << 10U;  // bytes

    HighWatermarkFile() = default;
    ~HighWatermarkFile();
    HighWatermarkFile(const HighWatermarkFile&) = delete;
    HighWatermarkFile& operator=(const HighWatermarkFile&) = delete;

    // Returns nothing if there is no file or neither slot is valid.
    static std::optional<HighWatermark> read(const std::string& directory);

    // Opens the file for writing and creates it if it is missing. Returns false on an error.
    bool open(const std::string& directory);

    // Returns false on an error. Then the file still holds an older watermark, which reveals fewer losses.
    bool write(const HighWatermark& watermark, bool sync = false);

    // Returns false after the file was removed from its directory.
    bool is_linked() const;
    bool is_open() const { return file_ >= 0; }

private:
    std::atomic<int> file_{-1};
    std::uint64_t written_ = 0;  // the number of the latest slot
};

}  // namespace pintle::journal
