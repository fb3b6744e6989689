#pragma once

#include <cstdint>
#include <vector>

#include "rocksdb/commit.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

struct ReadDeadLetters {
    std::vector<DeadLetter> letters;
    std::vector<std::uint64_t> damaged;  // ids of others that lie in a damaged part of the disk
};

// Dead letters with an id over `after` and below `next`, rising. One that cannot be read (it is of a newer version) is
// left out.
ReadDeadLetters read_letters(const Store& store, Stream stream, std::uint64_t after, std::uint64_t next,
                             std::size_t limit);

// How much of each of `held` may stay where `excess` of the sum must go: what holds more is cut to it, what holds less
// stays as it is. Pure.
std::uint64_t fair_level(std::vector<std::uint64_t> held, std::uint64_t excess);

// Where the letters take more than `max_bytes` with `commit`, lets the oldest of those sources go with it that hold the
// most in a log, and says so in the log. A source that holds less than an equal share loses none.
void bound_letters(const Store& store, const std::deque<StreamState>& streams, std::uint64_t max_bytes, Commit& commit);

}  // namespace pintle::journal
