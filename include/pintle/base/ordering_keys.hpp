#pragma once

#include <cstdint>

namespace pintle {

// The keys that order an event relative to others: 64-bit hashes, 0 for none. They are stored, so they must not change.
// All kinds share one namespace, so that an alias's previous id equals the person or anonymous id that it was. A
// collision only makes the events of two people wait for each other.
struct OrderingKeys {
    std::uint64_t person = 0;     // user id, or email
    std::uint64_t anonymous = 0;  // anonymousId
    std::uint64_t previous = 0;   // alias's previousId
};

}  // namespace pintle
