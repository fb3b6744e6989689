#pragma once

#include <cstdint>

namespace pintle {

// What orders an event among others: 64-bit hashes that stay the same across versions, as they are stored; 0 is none.
// All kinds share one space of names, so that an alias's previous id meets the person or anonymous id that it was. A
// collision only makes two people's events wait for each other.
struct OrderingKeys {
    std::uint64_t person = 0;     // user id, or email
    std::uint64_t anonymous = 0;  // anonymousId
    std::uint64_t previous = 0;   // alias's previousId
};

}  // namespace pintle
