#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pintle::stats {

// What Prometheus' own client libraries report of a process.
struct Process {
    double cpu_seconds = 0;
    double start_time = 0;  // seconds since the epoch
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_files = 0;
    std::uint64_t max_files = 0;
};

// This process, as /proc shows it; 0 where /proc does not. Takes longer the more files are open.
Process this_process();

double process_cpu_seconds();  // of this process

// Of /proc/PID/stat, in its units.
struct ProcessStat {
    std::uint64_t start = 0;     // ticks since the machine's start
    std::uint64_t resident = 0;  // pages
};
std::optional<ProcessStat> read_stat(std::string_view text);

}  // namespace pintle::stats
