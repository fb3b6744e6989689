#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "pintle/admin/status.hpp"
#include "pintle/config/config.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/journal/journal.hpp"

// Fills the parts of a status from what the modules count. Pure.
namespace pintle::daemon {

admin::EventTotals event_totals(const ingest::Counts& counts);

admin::PauseStatus pause_status(const delivery::Pause& pause);

// What the journal knows of a destination.
struct StreamStatus {
    journal::Ledger ledger;
    journal::StreamUsage usage;
    std::uint64_t dead_letters = 0;
};

admin::DestinationStatus destination_status(const config::Destination& destination,
                                            const delivery::WorkerStatus& worker, const delivery::WorkerCounts& counts,
                                            const StreamStatus& stream);

// What this process tells the others that share the journal about the destinations that it delivers.
std::vector<journal::DeliveryReport> delivery_reports(const admin::Status& status);

// Adds what the owners of the other destinations have told of them.
void add_delivery_reports(admin::Status& status);

// Computes what happens per second from earlier statuses. Not thread-safe.
class RateWindow {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    static constexpr std::chrono::seconds length{10};
    static constexpr std::chrono::milliseconds min_elapsed{100};  // a shorter time gives no rate

    // Remembers a status of `now`; times rise.
    void add(admin::Status status, TimePoint now);

    // Sets the rates and the times to drain of a status of `now`, compared with the oldest one in the window.
    void set_rates(admin::Status& status, TimePoint now) const;

private:
    struct Sample {
        admin::Status status;
        TimePoint time;
    };
    std::deque<Sample> samples_;  // oldest first
};

}  // namespace pintle::daemon
