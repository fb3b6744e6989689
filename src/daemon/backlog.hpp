#pragma once

#include <cstdint>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::daemon {

// Age in seconds of a backlog whose oldest records are `oldest`; 0 where it is empty or its first record is unreadable.
double oldest_age(const std::vector<journal::StoredRecord>& oldest, WallTime now);

// The bytes of the journal that a destination may fill; 0: all of it. The configured share, or else an equal one. Equal
// shares leave an eighth for dead letters, message ids and delivered records that are not deleted yet.
std::uint64_t journal_share(const config::Config& config, const config::Destination& destination);

}  // namespace pintle::daemon
