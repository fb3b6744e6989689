#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pintle::http {

// Limits the log lines about failures of clients, or about anything that senders can repeat: one an interval for each
// address, or another key, and a maximum for all. No clock. Not thread-safe.
class FailureLog {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr std::size_t max_addresses = 1'024;  // one more replaces the one with the oldest failure
    static constexpr std::size_t max_lines = 60;         // per interval

    explicit FailureLog(std::chrono::seconds interval = std::chrono::minutes(1)) : interval_(interval) {}

    // Counts failures of the address. If they should be logged, returns the number since the last line.
    std::optional<std::uint64_t> add(std::string_view address, Time now, std::uint64_t count = 1);

private:
    struct Entry {
        std::uint64_t count = 0;  // not logged yet
        std::optional<Time> logged;
        Time last;
    };

    bool may_log(const Entry& entry, Time now);
    void make_room();

    const std::chrono::seconds interval_;
    std::unordered_map<std::string, Entry> entries_;
    Time begun_;  // of the current interval
    std::size_t lines_ = 0;
};

}  // namespace pintle::http
