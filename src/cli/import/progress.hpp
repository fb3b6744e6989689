#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "import/batch.hpp"

namespace pintle::cli::importer {

// Identifies a file by its first bytes, so that it may grow.
struct Fingerprint {
    static constexpr std::size_t longest = 64UL * 1024;

    std::uint64_t bytes = 0;
    std::string sha256;

    static Fingerprint of(std::string_view start);  // the first `longest` bytes, or the whole file
    bool operator==(const Fingerprint&) const = default;
};

// How far a file was imported. `offset` follows the last line whose event the daemon has answered with 200, or that is
// in the file of rejected lines.
struct Progress {
    Fingerprint file;
    std::uint64_t started = 0;  // when the import began, in seconds since the epoch
    std::uint64_t offset = 0;
    std::uint64_t line = 0;
    EventCounts events;
    TimeCounts times;  // of the events that were sent
    std::uint64_t rejected = 0;
    std::string rejects;             // the file of rejected lines
    std::uint64_t rejects_from = 0;  // its size before the import, and now
    std::uint64_t rejects_to = 0;

    std::string write() const;
    static std::optional<Progress> read(std::string_view text);  // nothing where it cannot be read

    // Whether it belongs to this file: `start` is its first `file.bytes` bytes, or the whole file.
    bool is_of(std::string_view start, std::uint64_t size) const;
};

}  // namespace pintle::cli::importer
