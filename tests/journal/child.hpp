#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <sys/types.h>

// What tests do in a process of its own: this program, started once more. (A mere fork would lack the database's
// threads.)
namespace pintle::journal {

// Holds the directory open. Says so by a byte on the pipe `opened`, and ends when `finish` is closed.
pid_t start_holder(const std::string& directory, int opened, int finish);

// What a process that is going to be killed says of its records, as it happens.
struct Report {
    enum class What : std::uint32_t { acknowledged, about_to_ack };
    What what{};
    std::uint32_t number = 0;
};

// Appends records, numbered from `first` on, as fast as it can and many at a time, and acks every third. Reports on
// the pipe until it is killed.
pid_t start_appender(const std::string& directory, int pipe, std::uint32_t first);

// Called by `main`: the exit code where this is such a process.
std::optional<int> run_as_child(std::span<char*> arguments);

}  // namespace pintle::journal
