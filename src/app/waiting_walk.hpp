#pragma once

#include <cstddef>

#include "pintle/admin/waiting.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::app {

// What one step of a walk through the waiting events may cost.
struct WalkEffort {
    std::size_t matches = 100;
    std::size_t records = 20'000;
    std::size_t bytes = 32UL << 20U;
};

// The events of one log that wait and fit the query, from its `after` on. Blocks for the disk; throws
// std::runtime_error where it fails.
admin::Answered<admin::Waiting> find_waiting(const journal::Journal& journal, journal::Log log,
                                             const admin::WaitingQuery& query, WalkEffort effort);

}  // namespace pintle::app
