#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pintle::stats {

// What Prometheus' own libraries tell of a process.
struct Process {
    double cpu_seconds = 0;
    double start_time = 0;  // seconds since the epoch
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_files = 0;
    std::uint64_t max_files = 0;
};

// This one, as /proc has it; 0 where that does not tell.
Process this_process();

// What /proc/PID/stat says, in its units.
struct ProcessTimes {
    std::uint64_t user = 0;      // ticks
    std::uint64_t system = 0;    // ticks
    std::uint64_t start = 0;     // ticks since the machine's start
    std::uint64_t resident = 0;  // pages
};
std::optional<ProcessTimes> read_stat(std::string_view text);

}  // namespace pintle::stats
