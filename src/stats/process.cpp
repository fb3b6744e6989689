#include "pintle/stats/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace pintle::stats {
namespace {

std::string read_file(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::uint64_t take_number(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Seconds since the epoch.
std::uint64_t boot_time() {
    const auto text = read_file("/proc/stat");
    constexpr std::string_view name = "\nbtime ";
    const auto place = text.find(name);
    return place == std::string::npos ? 0 : take_number(std::string_view(text).substr(place + name.size()));
}

std::uint64_t count_open_files() {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
         file.increment(error)) {
        ++count;
    }
    return count > 0 ? count - 1 : 0;  // one is the directory itself
}

}  // namespace

// The process' name may contain anything, so its end is the last closing parenthesis. Field numbers are those of
// proc(5).
std::optional<ProcessStat> read_stat(std::string_view text) {
    constexpr std::size_t first = 3;
    constexpr std::size_t last = 24;
    std::array<std::string_view, last + 1> fields;
    auto place = text.rfind(')');
    if (place == std::string_view::npos) return std::nullopt;
    for (std::size_t field = first; field <= last; ++field) {
        const auto begin = text.find_first_not_of(' ', place + 1);
        if (begin == std::string_view::npos) return std::nullopt;
        place = text.find(' ', begin);
        if (place == std::string_view::npos) place = text.size();
        fields[field] = text.substr(begin, place - begin);
    }
    return ProcessStat{take_number(fields[22]), take_number(fields[24])};
}

double process_cpu_seconds() {
    timespec time{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

Process this_process() {
    static const auto booted = static_cast<double>(boot_time());
    Process process;
    process.cpu_seconds = process_cpu_seconds();
    if (const auto stat = read_stat(read_file("/proc/self/stat"))) {
        const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
        process.start_time = booted + static_cast<double>(stat->start) / ticks;
        process.resident_bytes = stat->resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    }
    process.open_files = count_open_files();
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) process.max_files = limit.rlim_cur;
    return process;
}

}  // namespace pintle::stats
