#pragma once

#include <cstdint>
#include <vector>

#include "pintle/app/config.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/metrics/metrics.hpp"

namespace pintle::app {

// What waits in a log: `bytes`, of which `oldest` holds the first record, if there is one. Pure.
metrics::Backlog measure_backlog(const std::vector<journal::Stored>& oldest, std::uint64_t bytes, WallTime now);

// How much of the journal a destination may fill (0: all of it), as it says, or an equal share. Shares leave an eighth
// for dead letters, message ids and what is delivered and not yet deleted.
std::uint64_t journal_share(const Config& config, const Destination& destination);

}  // namespace pintle::app
