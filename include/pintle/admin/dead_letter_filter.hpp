#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/json/event.hpp"

namespace pintle::admin {

// Which dead letters an operator means. Not thread-safe: its buffers are reused.
class DeadLetterFilter {
public:
    // Durations of the query count back from `now`.
    static Answered<DeadLetterFilter> read(const DeadLetterQuery& query, WallTime now);

    // It lets all letters through.
    bool empty() const;

    // What of it can be told without reading a letter: the destination, and the lowest id over `after` that is wanted.
    // Nothing where there is none.
    bool wants(const std::string& destination) const;
    std::optional<std::uint64_t> next_wanted(const std::string& destination, std::uint64_t after) const;
    bool names_letters() const { return !letters_.empty(); }
    const std::string& destination() const { return destination_; }

    bool matches(const journal::DeadLetter& letter);

private:
    std::string destination_;
    std::string reason_;
    std::string user_;
    std::optional<WallTime> since_;
    std::optional<WallTime> until_;
    std::map<std::string, std::set<std::uint64_t>> letters_;  // by destination
    json::Event event_;
};

// DESTINATION/ID, as letters are named.
std::string name_of(const journal::DeadLetter& letter);

}  // namespace pintle::admin
