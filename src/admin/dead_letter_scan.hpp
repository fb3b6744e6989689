#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "dead_letter_filter.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// What one step of a scan may cost.
struct ScanBudget {
    std::size_t matches = 100;
    std::size_t letters = 5000;     // read
    std::size_t bytes = 8U << 20U;  // of them
};

// The next letters that match `filter`: stream by stream, the oldest first in each. `after` is `next` of the previous
// step, or empty. Letters that are added to a stream while it is scanned are not returned.
ApiResult<Letters> find_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                     DeadLetterFilter& filter, std::string_view after, const ScanBudget& budget);

}  // namespace pintle::admin
