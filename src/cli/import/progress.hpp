#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::cli::importer {

// By what a file is known again: its first bytes, however much it grows.
struct Fingerprint {
    static constexpr std::size_t longest = 64UL * 1024;

    std::uint64_t bytes = 0;
    std::string sha256;

    static Fingerprint of(std::string_view start);  // its first `longest` bytes, or all there are
    bool operator==(const Fingerprint&) const = default;
};

// How far a file was sent. `offset` is behind the last line that was answered 200, or that is in the file of those that
// were not.
struct Progress {
    Fingerprint file;
    std::uint64_t offset = 0;
    std::uint64_t line = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::string rejects;             // the file of rejected lines
    std::uint64_t rejects_from = 0;  // its size before, and now
    std::uint64_t rejects_to = 0;

    std::string write() const;
    static std::optional<Progress> read(std::string_view text);  // nothing where it is none

    // Whether it is about this file: `start` is its first `file.bytes` bytes, or all there are.
    bool is_of(std::string_view start, std::uint64_t size) const;
};

}  // namespace pintle::cli::importer
