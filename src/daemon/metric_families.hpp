#pragma once

#include "pintle/daemon/metrics.hpp"
#include "pintle/stats/prometheus.hpp"

namespace pintle::daemon {

// One file each. They append.
void add_ingest(const Snapshot& snapshot, stats::Families& families);
void add_destinations(const Snapshot& snapshot, stats::Families& families);
void add_ledger(const Snapshot& snapshot, stats::Families& families);
void add_house(const Snapshot& snapshot,
               stats::Families& families);  // the journal, the process, and what is not of a room

}  // namespace pintle::daemon
