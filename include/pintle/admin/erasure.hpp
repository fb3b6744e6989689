#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pintle/json/event.hpp"

namespace pintle::admin {

// Whose events are erased: those whose user id, email, anonymous id or previous id is one of the ids. At least one is
// not empty.
struct ErasureQuery {
    std::string user_id;
    std::string anonymous_id;
    std::string destination;  // empty: all
    bool dry_run = false;     // only says what it would do
};

// What was erased of one destination, or of a dry run would be.
struct ErasedEvents {
    std::string destination;
    std::uint64_t events = 0;     // pending ones
    std::uint64_t in_flight = 0;  // matching ones that are not erased, as they are in flight
    std::uint64_t deletions = 0;  // matching ones that are not erased, as they delete or suppress a person
    std::uint64_t orphaned = 0;   // matching ones that are not erased, as their stream has no destination
    std::uint64_t dead_letters = 0;
};

// True if the event is one to erase. `parsed` is overwritten; its buffers are reused.
bool is_to_erase(const ErasureQuery& query, std::string_view event, json::Event& parsed);

}  // namespace pintle::admin
