#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/admin/dead_letter_filter.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::admin {

// A destination's dead letters, perhaps of one that the configuration no longer has.
struct DeadLetterStream {
    std::string destination;
    journal::Stream stream = 0;
};

std::vector<DeadLetterStream> dead_letter_streams(const journal::StreamReader& journal);

// How much one step of a walk may do.
struct ScanBudget {
    std::size_t matches = 100;
    std::size_t letters = 5000;     // looked at
    std::size_t bytes = 8U << 20U;  // of them
};

// The next letters that `filter` lets through, stream by stream and each from the oldest on. `after` is the `next` of
// the step before, or empty. What dies while a stream is walked through is not met.
Answered<Letters> find_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                    DeadLetterFilter& filter, std::string_view after, const ScanBudget& budget);

// What `GET /api/dead-letters` and `pintle dead-letters list` answer.
Answered<Letters> list_dead_letters(const journal::Journal& journal, const std::vector<DeadLetterStream>& streams,
                                    const DeadLetterQuery& query, WallTime now);

}  // namespace pintle::admin
