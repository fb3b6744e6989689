#pragma once

#include <cstdint>
#include <vector>

#include "journal/commit.hpp"
#include "journal/store.hpp"

namespace pintle::journal {

// Dead letters with an id over `after`, rising. One that cannot be read (it is of a newer version) is left out.
std::vector<DeadLetter> read_letters(const Store& store, Log log, std::uint64_t after, std::size_t limit);

// Where the letters take more than `max_bytes` with `commit`, lets the oldest of the log that holds the most go with
// it, and says so in the log.
void bound_letters(const Store& store, const std::deque<LogState>& logs, std::uint64_t max_bytes, Commit& commit);

}  // namespace pintle::journal
