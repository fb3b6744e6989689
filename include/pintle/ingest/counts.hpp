#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pintle/customerio/mapper.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::ingest {

// The events of one source since the start. When all requests are answered, `received` is the sum of the others.
struct SourceCounts {
    std::string source;
    std::string destination;
    std::array<std::uint64_t, customerio::event_types.size()> received{};  // by type
    std::uint64_t accepted = 0;                                            // on disk as records
    stats::ReasonCounts dead_lettered;                                     // on disk as dead letters, by reason
    std::uint64_t duplicate = 0;
    std::uint64_t integration_disabled = 0;
    std::uint64_t consent_denied = 0;
    stats::ReasonCounts rejected;  // by reason
};

struct Counts {
    std::vector<SourceCounts> sources;
    stats::ReasonCounts rejected;      // requests without a source, by reason
    stats::HistogramSnapshot answers;  // from the end of a request to its response
};

}  // namespace pintle::ingest
