#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <string>

// What the programs share that measure RocksDB alone.
namespace pintle::bench {

// User and system time of all threads so far.
inline double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Keys in the order of their numbers.
inline std::string numbered_key(std::uint64_t number) {
    std::string text(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(number >> (56 - 8 * i));
    return text;
}

}  // namespace pintle::bench
