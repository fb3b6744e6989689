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

// How far one log had got when it was last known to be on disk.
struct StreamMark {
    Stream id = 0;
    std::string name;
    Offset last = 0;
    DeadLetterTotals letters;
    Losses losses;
    std::string acked;  // encoded Intervals: of 1 ... last, perhaps not all of them
    std::string died;   // encoded Intervals: those of them that became dead letters lately
};

// What the journal has acknowledged, known independently of its database: a database that is behind it has lost
// something.
struct HighWatermark {
    std::uint64_t commit = 0;  // the number of the last synced commit
    bool suspect = false;      // the database was opened over damage, and what is missing was not counted yet
    std::vector<StreamMark> streams;
    std::string manifest;             // the name of the database's MANIFEST
    std::uint64_t manifest_size = 0;  // bytes that it had, at least

    const StreamMark* find(Stream id) const;
    std::string encode() const;
    static std::optional<HighWatermark> decode(std::string_view bytes);
};

// The ranges at the front of encoded Intervals that take at most `limit` bytes.
std::string_view leading_ranges(std::string_view encoded, std::size_t limit);

// The file that holds it: two slots, each with a checksum, written in turn and never synced. After a power cut it may
// be older than the database, but never newer. Not thread-safe, except for `is_linked`.
class HighWatermarkFile {
public:
    static constexpr const char* name = "HIGH_WATERMARK";
    static constexpr std::size_t slot_size = 64U << 10U;  // bytes

    HighWatermarkFile() = default;
    ~HighWatermarkFile();
    HighWatermarkFile(const HighWatermarkFile&) = delete;
    HighWatermarkFile& operator=(const HighWatermarkFile&) = delete;

    // What the directory's file says; nothing where there is none or neither slot is whole.
    static std::optional<HighWatermark> read(const std::string& directory);

    // Opens the file for writing, made if it is missing or was removed. False where the file system refuses.
    bool open(const std::string& directory);

    // False where it could not be written: then it proves less than it could.
    bool write(const HighWatermark& watermark, bool sync = false);

    // False once the file was removed from its directory.
    bool is_linked() const;
    bool is_open() const { return file_ >= 0; }

private:
    std::atomic<int> file_{-1};
    std::uint64_t written_ = 0;  // the number of the latest slot's content
};

}  // namespace pintle::journal
