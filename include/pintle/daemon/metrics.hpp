#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pintle/delivery/pause_reason.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/process.hpp"
#include "pintle/stats/reason_counters.hpp"

// What Prometheus is told. The rooms count in their own terms; here, when somebody asks, it becomes metrics.
namespace pintle::daemon {

// How far behind a destination is.
struct Backlog {
    std::uint64_t bytes = 0;  // of pending events
    double oldest_age = 0;    // of the oldest of them, in seconds; 0: there is none
};

// Since the start, but for the ledger and what is now.
struct Destination {
    std::string name;
    journal::Ledger ledger;
    journal::StreamUsage usage;
    std::optional<Backlog> backlog;  // nothing where the disk does not tell
    std::uint64_t delivered = 0;
    stats::ReasonCounts dead_lettered;  // after they were accepted; those that are possible with 0
    stats::ReasonCounts retries;        // by cause, the same way
    std::optional<delivery::PauseReason> paused;
    bool circuit_breaker_open = false;
    std::uint64_t requests_in_flight = 0;
    std::uint64_t connections = 0;
    stats::HistogramSnapshot request_duration;
    stats::HistogramSnapshot delivery_latency;
};

struct Snapshot {
    bool ready = false;  // events are taken in
    ingest::Counts ingest;
    std::uint64_t connections = 0;  // of ingest
    journal::Usage journal;
    std::vector<Destination> destinations;
    stats::Process process;
};

// In Prometheus' text format.
std::string to_text(const Snapshot& snapshot);

}  // namespace pintle::daemon
