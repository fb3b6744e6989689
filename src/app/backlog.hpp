#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pintle/journal/journal.hpp"
#include "pintle/metrics/metrics.hpp"

namespace pintle::app {

inline constexpr std::size_t backlog_sample = 256;  // records

// What waits in a log, of which `oldest` are the first records: all of them where they are fewer than the sample. Pure.
metrics::Backlog measure_backlog(const std::vector<journal::Stored>& oldest, std::uint64_t waiting, WallTime now);

}  // namespace pintle::app
