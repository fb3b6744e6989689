#pragma once

#include <cstdint>
#include <string>

// Numbers for people.
namespace pintle::cli::terminal {

std::string grouped(std::uint64_t number);  // 1,234,567

std::string counted(std::uint64_t count, const std::string& what);  // 1 event, 1,200 events

std::string short_rate(double per_second);  // 0.4, 12, 5,100

std::string short_size(std::uint64_t bytes);  // 812 B, 4.2 MiB

// From microseconds to days, in at most two units: 850 µs, 12 ms, 4.2 s, 3m20s, 2d4h.
std::string short_duration(double seconds);

}  // namespace pintle::cli::terminal
