#pragma once

#include <cstddef>

#include "pintle/admin/backlog.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// What one step of a walk through the waiting events may cost.
struct BacklogScanBudget {
    std::size_t matches = 100;
    std::size_t records = 20'000;
    std::size_t bytes = 32UL << 20U;
};

// The events of one log that wait and fit the query, from its `after` on. Blocks for the disk; throws
// std::runtime_error where it fails.
Answered<Waiting> find_waiting(const journal::Journal& journal, journal::Stream stream, const WaitingQuery& query,
                               BacklogScanBudget budget);

}  // namespace pintle::admin
