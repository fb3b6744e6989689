#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pintle/base/time.hpp"
#include "pintle/json/event.hpp"

namespace pintle::cli::importer {

// What an event's time is worth. Missing and unreadable times are replaced by that of the arrival.
enum class TimeKind : std::uint8_t { recent, old, future, missing, unreadable };

// As the mapping reads it: the first of `timestamp` and `originalTimestamp` that can be read. `old`: too old for
// Customer.io to enter a person into a campaign; `future`: further ahead than two clocks differ.
TimeKind kind_of_time(const json::Event& event, WallTime now);

// What is wrong with the time of such an event, for people; empty for `recent` and `old`.
std::string explain_time(const json::Event& event, TimeKind kind);

// The code of a kind, for programs.
std::string_view code_of(TimeKind kind);

// How many events have a time that a backfill's user may not expect.
struct TimeCounts {
    std::uint64_t old = 0;
    std::uint64_t future = 0;
    std::uint64_t missing = 0;
    std::uint64_t unreadable = 0;

    void add(TimeKind kind) noexcept;
    TimeCounts& operator+=(const TimeCounts& more) noexcept;
};

}  // namespace pintle::cli::importer
