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

// Decides which dead letters a query selects. Not thread-safe: its buffers are reused.
class DeadLetterFilter {
public:
    // Durations in the query are before `now`.
    static ApiResult<DeadLetterFilter> read(const DeadLetterQuery& query, WallTime now);

    bool empty() const;  // every letter matches

    // What is known without reading a letter: whether any letter of a destination can match, and the lowest id above
    // `after` that can; nothing where none can.
    bool wants(const std::string& destination) const;
    std::optional<std::uint64_t> next_wanted(const std::string& destination, std::uint64_t after) const;
    bool names_letters() const { return !letters_.empty(); }
    const std::string& destination() const { return destination_; }

    bool matches(const journal::DeadLetter& letter);

private:
    std::string destination_;
    std::string reason_;
    std::string user_;
    std::string message_id_;
    std::optional<WallTime> since_;
    std::optional<WallTime> until_;
    std::map<std::string, std::set<std::uint64_t>> letters_;  // by destination
    json::Event event_;
};

// DESTINATION/ID.
std::string name_of(const journal::DeadLetter& letter);

}  // namespace pintle::admin
