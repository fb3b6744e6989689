#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "compare/partitions.hpp"
#include "compare/report.hpp"

namespace pintle::cli::compare {

struct ComparisonOptions {
    std::string a;  // paths of the recordings
    std::string b;
    std::string directory;                    // of temporary files
    std::size_t max_partition = 32UL << 20U;  // bytes of operations that are in memory at once
    std::size_t max_line = 16UL << 20U;       // bytes; a longer one is an error
    ReportOptions report;
};

// What a comparison tells while it runs.
struct ComparisonListener {
    std::function<void(const std::string& file, std::uint64_t line, const std::string& error)> unreadable;
    // `done` of `total` steps; `requests` are read so far.
    std::function<void(std::uint64_t done, std::uint64_t total, std::uint64_t requests)> progress;
};

// Compares two recordings in memory that does not grow with them: the operations are distributed over temporary files
// by person, and what is still too much is distributed again, by action and name, by time and by content. Throws
// std::system_error and std::runtime_error where a file cannot be read or written.
class Comparison {
public:
    Comparison(ComparisonOptions options, ComparisonListener listener);

    Report run();

private:
    void read(Side side, const std::string& file, RecordingCounts& counts);
    void pair(PartitionFile& file, std::uint64_t level);
    void pair_across(PartitionFile& file, std::uint64_t level);
    void keep_unpaired(Side side, const Entry& entry);

    ComparisonOptions options_;
    ComparisonListener listener_;
    Report report_;
    Partitions people_;    // all operations, by person
    Partitions unpaired_;  // those without a counterpart of the same person, by the rest of their content
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    std::uint64_t requests_ = 0;
};

}  // namespace pintle::cli::compare
