#pragma once

#include <cstdint>
#include <vector>

#include "intervals.hpp"
#include "rocksdb/high_watermark.hpp"
#include "rocksdb/state.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {

// Holds what was loaded against what was acknowledged: what is missing is counted as lost and logged, and offsets and
// ids go on behind it. True if `state` has changed by that; it is not written yet.
bool count_losses(const Store& store, State& state);

// Likewise for a journal that runs and whose database was opened again: `state` is what was acknowledged. Takes its
// mutex.
void count_losses_of_running(const Store& store, State& state);

// Records of `log` that are neither on disk nor in `acked`. Where a part of the disk cannot be read, those behind it
// are left out: whoever reads them finds out.
std::vector<Range> find_holes(const Store& store, Stream stream, const Intervals& acked, Offset last);

}  // namespace pintle::journal
