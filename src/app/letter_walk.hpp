#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/letter_filter.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::app {

// A destination's dead letters, perhaps of one that the configuration no longer has.
struct LetterBox {
    std::string destination;
    journal::Log log = 0;
};

std::vector<LetterBox> letter_boxes(journal::Journal& journal);  // before the journal's first append

// How much one step of a walk may do.
struct Effort {
    std::size_t matches = 100;
    std::size_t letters = 5000;     // looked at
    std::size_t bytes = 8U << 20U;  // of them
};

// The next letters that `filter` lets through, box by box and each from the oldest on. `after` is the `next` of the
// step before, or empty. What dies while a box is walked through is not met.
admin::Answered<admin::Letters> find_letters(const journal::Journal& journal, const std::vector<LetterBox>& boxes,
                                             LetterFilter& filter, std::string_view after, const Effort& effort);

// What `GET /api/dead-letters` and `pintle dead-letters list` answer.
admin::Answered<admin::Letters> list_letters(const journal::Journal& journal, const std::vector<LetterBox>& boxes,
                                             const admin::LetterQuery& query, WallTime now);

}  // namespace pintle::app
