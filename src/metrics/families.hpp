#pragma once

#include "metrics/family.hpp"
#include "pintle/metrics/metrics.hpp"

namespace pintle::metrics {

// One file each. They append.
void add_ingest(const Snapshot& snapshot, Families& families);
void add_destinations(const Snapshot& snapshot, Families& families);
void add_ledger(const Snapshot& snapshot, Families& families);
void add_house(const Snapshot& snapshot, Families& families);  // the journal, the process, and what is not of a room

}  // namespace pintle::metrics
