#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pintle::http {

// When failures of clients are worth a log line: at most one a minute for each address, and a bounded number a minute
// for all. Pure; not thread-safe.
class FailureLog {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::seconds interval{60};
    static constexpr std::size_t max_addresses = 1'024;  // further ones push out the one that was logged longest ago
    static constexpr std::size_t max_lines = 60;         // an interval

    // Counts a failure of this address. How many there were since its last line, if they are to be logged now.
    std::optional<std::uint64_t> add(std::string_view address, Time now);

private:
    struct Entry {
        std::uint64_t count = 0;  // not logged yet
        std::optional<Time> logged;
        Time last;
    };

    bool may_log(const Entry& entry, Time now);
    void make_room();

    std::unordered_map<std::string, Entry> entries_;
    Time begun_;  // of the interval that `lines_` counts
    std::size_t lines_ = 0;
};

}  // namespace pintle::http
