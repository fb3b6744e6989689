#pragma once

#include <cstdint>
#include <vector>

#include "intervals.hpp"
#include "rocksdb/high_watermark.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// Compares what was loaded with the watermark. What is missing is counted as lost and logged; new offsets and ids start
// behind it. Returns true if `streams` have changed by that; it is not written yet.
bool count_losses(const Store& store, Streams& streams);

// The same for a running journal whose database was reopened: `state` is what was confirmed.
void count_losses_of_running(const Store& store, State& state) EXCLUDES(state.mutex);

// The records that are neither on disk nor in `acked`, up to the first damaged block. What is lost behind that is found
// when it is read.
std::vector<Range> find_holes(const Store& store, Stream stream, const Intervals& acked, Offset last);

// The same, also behind damaged blocks: what a daemon would not find.
std::vector<Range> find_unreadable(const Store& store, Stream stream, const Intervals& acked, Offset last);

// How many of the stream's dead letters cannot be read.
std::uint64_t count_unreadable_letters(const Store& store, const StreamState& stream);

}  // namespace pintle::journal
