#pragma once

#include <array>
#include <cstdint>

#include "pintle/telemetry/signal.hpp"

namespace pintle::telemetry {

// What became of the batches of one signal since the start.
struct BatchCounts {
    std::uint64_t exported = 0;
    std::uint64_t dropped = 0;  // rejected by the collector, or not accepted in time
};
using ExportCounts = std::array<BatchCounts, signal_names.size()>;  // by Signal

// What became of the exports to the OpenTelemetry collector since the start.
struct Counts {
    ExportCounts batches{};
    std::uint64_t dropped_spans = 0;  // for which there was no room
};

}  // namespace pintle::telemetry
