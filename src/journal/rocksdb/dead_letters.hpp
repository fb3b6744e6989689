#pragma once

#include <cstdint>
#include <vector>

#include "rocksdb/commit.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

struct ReadDeadLetters {
    std::vector<DeadLetter> letters;
    std::vector<std::uint64_t> damaged;  // ids of letters in damaged blocks
};

// Reads the dead letters with ids over `after` and below `next`, in order. Omits letters of a newer version.
ReadDeadLetters read_letters(const Store& store, Stream stream, std::uint64_t after, std::uint64_t next,
                             std::size_t limit);

// Returns the level to which each of `held` has to be cut so that the sum shrinks by `excess`. Values below it stay.
std::uint64_t fair_level(std::vector<std::uint64_t> held, std::uint64_t excess);

// If the letters exceed `max_bytes` with `commit`, evicts the oldest of the sources that hold the most, and logs it. A
// source below the fair share loses none.
void bound_letters(const Store& store, const Streams& streams, std::uint64_t max_bytes, Commit& commit);

}  // namespace pintle::journal
