#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "compare/entry.hpp"
#include "pintle/base/files.hpp"

namespace pintle::cli::compare {

// Entries in a temporary file without a name, which ends with the process; a few of them are in memory only. Throws
// std::system_error where the disk fails.
class PartitionFile {
public:
    void add(const std::string& directory, Side side, const Entry& entry);
    std::uint64_t bytes() const noexcept { return written_ + buffer_.size(); }

    // Calls `take` for each entry, in the order in which they were added. Nothing can be added afterwards.
    void read(const std::function<void(Side, Entry)>& take);

private:
    void flush(const std::string& directory);

    files::Descriptor file_;
    std::string buffer_;
    std::uint64_t written_ = 0;
};

// Entries distributed over files by a hash.
class Partitions {
public:
    static constexpr std::size_t count = 64;

    explicit Partitions(std::string directory) : directory_(std::move(directory)) {}

    void add(std::uint64_t hash, Side side, const Entry& entry) { files_[hash % count].add(directory_, side, entry); }
    std::array<PartitionFile, count>& files() noexcept { return files_; }

private:
    std::string directory_;
    std::array<PartitionFile, count> files_;
};

// The hash of these texts; other numbers give independent ones.
std::uint64_t hash_of(std::uint64_t number, std::initializer_list<std::string_view> texts);

}  // namespace pintle::cli::compare
