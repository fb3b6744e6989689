#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pintle/customerio/mapper.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::ingest {

// Events of one source since the start. Once all requests are answered, `received` is the sum of all the others.
struct SourceCounts {
    std::string source;
    std::string destination;
    std::array<std::uint64_t, customerio::event_types.size()> received{};  // by type
    std::uint64_t accepted = 0;                                            // on disk, to be delivered
    stats::ReasonCounts dead_lettered;                                     // on disk as dead letters, by reason
    std::uint64_t duplicate = 0;
    std::uint64_t integration_disabled = 0;
    std::uint64_t consent_denied = 0;
    stats::ReasonCounts rejected;  // nothing of them is kept, by reason
};

struct Counts {
    std::vector<SourceCounts> sources;
    stats::ReasonCounts rejected;      // requests that no source is known of, by reason
    stats::HistogramSnapshot answers;  // from a request that was read to its answer
};

}  // namespace pintle::ingest
