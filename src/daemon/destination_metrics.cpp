#include <algorithm>
#include <array>
#include <map>

#include "metric_families.hpp"

namespace pintle::daemon {
namespace {

// Those of batches that came as dead letters too.
std::map<Reason, std::uint64_t> dead_lettered(const Snapshot& snapshot, const Destination& destination) {
    std::map<Reason, std::uint64_t> counts(destination.dead_lettered.begin(), destination.dead_lettered.end());
    for (const auto& source : snapshot.ingest.sources) {
        if (source.destination != destination.name) continue;
        for (const auto& [reason, count] : source.dead_lettered) counts[reason] += count;
    }
    return counts;
}

// Each reason, so that the first pause is a change of something that was there.
void add_paused(const Destination& destination, stats::Family& paused) {
    for (const auto reason : delivery::pause_reasons) {
        paused.add({{"destination", destination.name}, {"reason", delivery::code_of(reason)}},
                   destination.paused == reason ? 1.0 : 0.0);
    }
}

void add_backlog(const Snapshot& snapshot, stats::Families& families) {
    auto events = stats::Family::gauge("pintle_backlog_events", "Events on disk that are not yet delivered.");
    auto bytes = stats::Family::gauge("pintle_backlog_bytes", "Their size, uncompressed.");
    auto share =
        stats::Family::gauge("pintle_backlog_max_bytes",
                             "The destination's share of the journal: destinations[].max_journal_size; 0: it has "
                             "none of its own.");
    auto full =
        stats::Family::gauge("pintle_destination_full",
                             "1 where they take more than the destination's share of the journal, also on disk, so "
                             "that events for it are answered 503.");
    auto oldest_age =
        stats::Family::gauge("pintle_backlog_oldest_age_seconds",
                             "Time since the oldest of them was accepted, or replayed; 0 where there is none.");
    for (const auto& destination : snapshot.destinations) {
        events.add({{"destination", destination.name}}, destination.ledger.backlog);
        share.add({{"destination", destination.name}}, destination.usage.max_bytes);
        full.add({{"destination", destination.name}}, destination.usage.full ? 1.0 : 0.0);
        if (!destination.backlog) continue;
        bytes.add({{"destination", destination.name}}, destination.backlog->bytes);
        oldest_age.add({{"destination", destination.name}}, destination.backlog->oldest_age);
    }
    for (auto* family : {&events, &bytes, &share, &full, &oldest_age}) family->move_to(families);
}

}  // namespace

void add_destinations(const Snapshot& snapshot, stats::Families& families) {
    add_backlog(snapshot, families);
    auto delivered =
        stats::Family::counter("pintle_events_delivered_total", "Events that Customer.io took with a 2xx.");
    auto dead =
        stats::Family::counter("pintle_events_dead_lettered_total",
                               "Events that became dead letters, by reason: of the mapping, Customer.io's rejection "
                               "with its status, or too_old.");
    auto retries =
        stats::Family::counter("pintle_delivery_retries_total",
                               "Deliveries of an event that failed and are tried again, by cause: Customer.io's "
                               "status, or transport_error where there was no response.");
    auto paused =
        stats::Family::gauge("pintle_destination_paused",
                             "1 where nothing is sent but probes, for this reason: `operator` (an operator paused "
                             "it; then no probes either), `credentials` (Customer.io rejects our credentials), "
                             "`region_unknown` (the region of its account could not be looked up).");
    auto circuit_breaker =
        stats::Family::gauge("pintle_circuit_breaker_open",
                             "1 where many requests failed and none succeeded, so that only about one a "
                             "second is sent as a probe.");
    auto requests = stats::Family::gauge("pintle_delivery_requests_in_flight",
                                         "Requests to Customer.io whose response has not arrived.");
    auto durations =
        stats::Family::histogram("pintle_delivery_request_duration_seconds",
                                 "Duration of one request to Customer.io, connecting included, to its response "
                                 "or its failure.");
    auto latencies = stats::Family::histogram("pintle_delivery_latency_seconds",
                                              "Time of a delivered event from accepted, or replayed, to delivered.");
    for (const auto& destination : snapshot.destinations) {
        const std::string& name = destination.name;
        delivered.add({{"destination", name}}, destination.delivered);
        for (const auto& [reason, count] : dead_lettered(snapshot, destination)) {
            dead.add({{"destination", name}, {"reason", code(reason)}}, count);
        }
        for (const auto& [cause, count] : destination.retries) {
            retries.add({{"destination", name}, {"cause", code(cause)}}, count);
        }
        add_paused(destination, paused);
        circuit_breaker.add({{"destination", name}}, destination.circuit_breaker_open ? 1.0 : 0.0);
        requests.add({{"destination", name}}, destination.requests_in_flight);
        durations.add({{"destination", name}}, destination.request_duration);
        latencies.add({{"destination", name}}, destination.delivery_latency);
    }
    for (auto* family : {&delivered, &dead, &retries, &paused, &circuit_breaker, &requests, &durations, &latencies}) {
        family->move_to(families);
    }
}

}  // namespace pintle::daemon
