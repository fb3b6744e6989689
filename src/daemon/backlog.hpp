#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::daemon {

// Age in seconds of a backlog whose oldest records are `oldest`; 0 where it is empty or its first record is unreadable.
double oldest_age(const std::vector<journal::StoredRecord>& oldest, WallTime now);

// The same of a stream; blocks for the disk. Nothing where that cannot be known now: the journal cannot be read, of
// which the status has the error, or acks cannot be written, so that other processes see records as pending that this
// one has acked.
std::optional<double> read_oldest_age(const journal::Journal& journal, journal::Stream stream, WallTime now);

// The bytes of the journal that a destination may fill; 0: all of it. The configured share, or else an equal one. Equal
// shares leave an eighth for dead letters, message ids and delivered records that are not deleted yet.
std::uint64_t journal_share(const config::Config& config, const config::Destination& destination);

}  // namespace pintle::daemon
