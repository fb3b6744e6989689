#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::ingest {

// What became of a source's events at one of its destinations since the start.
struct DestinationCounts {
    std::string destination;
    std::uint64_t received = 0;         // while it was a destination of the source
    std::uint64_t rejected = 0;         // with their requests, at all destinations alike
    std::uint64_t accepted = 0;         // on disk as records
    stats::ReasonCounts dead_lettered;  // on disk as dead letters, by reason
    std::uint64_t duplicate = 0;
    std::uint64_t integration_disabled = 0;
    std::uint64_t consent_denied = 0;
    std::uint64_t filtered = 0;
};

// The use of one write key of a source since the start. The key itself is secret: its place in the list identifies it.
struct KeyCounts {
    std::uint64_t requests = 0;
    std::optional<WallTime> last_used;
};

// The events of one source since the start: each counts once, whatever the number of destinations. When all requests
// are answered, `received` of each destination is the sum of its other counts. While the source's destinations do not
// change, its own `received` and `rejected` equal those of each of them.
struct SourceCounts {
    std::string source;
    std::array<std::uint64_t, customerio::event_types.size()> received{};  // by type
    stats::ReasonCounts rejected;                                          // by reason
    std::vector<DestinationCounts> destinations;                           // also former ones
    std::vector<KeyCounts> keys;  // in the order of the configuration; empty for a former source
};

struct Counts {
    std::vector<SourceCounts> sources;
    stats::ReasonCounts rejected;             // requests without a source, by reason
    stats::HistogramSnapshot response_times;  // from the end of a request to its response
};

}  // namespace pintle::ingest
