#include <algorithm>
#include <array>

#include "metrics/families.hpp"

namespace pintle::metrics {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

// Those that are always shown, so that the first of its kind is a rise of something that was there.
constexpr std::array usual_retries{"network", "401", "403", "408", "429", "500", "502", "503", "504"};
constexpr std::array usual_deaths{"400", "404", "413", "422", "too old"};

template <std::size_t N>
Counts with(const std::array<const char*, N>& usual, Counts counts) {
    for (const auto* name : usual) counts.try_emplace(name, 0);
    return counts;
}

// Those that were dead on arrival too, in a batch.
Counts deaths(const Snapshot& snapshot, const Destination& destination) {
    Counts counts = with(usual_deaths, destination.dead);
    for (const auto& source : snapshot.ingest.sources) {
        if (source.destination != destination.name) continue;
        for (const auto& [reason, count] : source.dead) counts[std::string(reason)] += count;
    }
    return counts;
}

// Each reason, so that the first pause is a change of something that was there.
void add_paused(const Destination& destination, Family& paused) {
    for (const auto reason : schedule::pause_reasons) {
        paused.add({{"destination", destination.name}, {"reason", schedule::code_of(reason)}},
                   destination.paused == reason ? 1.0 : 0.0);
    }
}

void add_backlog(const Snapshot& snapshot, Families& families) {
    auto events = Family::gauge("pintle_backlog_events", "Events on disk that are not yet delivered.");
    auto bytes = Family::gauge("pintle_backlog_bytes", "Their size, uncompressed.");
    auto share = Family::gauge("pintle_backlog_max_bytes",
                               "The destination's share of the journal: destinations[].max_journal_size; 0: it has "
                               "none of its own.");
    auto full = Family::gauge("pintle_destination_full",
                              "1 where they take more than the destination's share of the journal, also on disk, so "
                              "that events for it are answered 503.");
    auto oldest_age = Family::gauge("pintle_backlog_oldest_age_seconds",
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

void add_destinations(const Snapshot& snapshot, Families& families) {
    add_backlog(snapshot, families);
    auto delivered = Family::counter("pintle_events_delivered_total", "Events that Customer.io took with a 2xx.");
    auto dead = Family::counter("pintle_dead_letters_total",
                                "Events that became dead letters, by why they cannot be mapped, by Customer.io's "
                                "status (207: of a batch, by itself), or `too old`: over retry.max_age.");
    auto retries = Family::counter("pintle_retries_total",
                                   "Deliveries of an event that failed and are tried again, by Customer.io's status; "
                                   "`network`: there was no answer.");
    auto paused = Family::gauge("pintle_destination_paused",
                                "1 where nothing is sent but probes, for this reason: `operator` (an operator paused "
                                "it; then no probes either), `credentials` (Customer.io rejects our credentials), "
                                "`region_unknown` (the region of its account could not be looked up).");
    auto circuit_breaker = Family::gauge("pintle_circuit_breaker_open",
                                         "1 where many requests failed and none succeeded, so that only about one a "
                                         "second is sent as a probe.");
    auto requests =
        Family::gauge("pintle_delivery_requests_in_flight", "Requests to Customer.io whose response has not arrived.");
    auto durations = Family::histogram("pintle_delivery_request_duration_seconds",
                                       "Duration of one request to Customer.io, connecting included, to its response "
                                       "or its failure.");
    auto latencies = Family::histogram("pintle_delivery_latency_seconds",
                                       "Time of a delivered event from accepted, or replayed, to delivered.");
    for (const auto& destination : snapshot.destinations) {
        const std::string& name = destination.name;
        delivered.add({{"destination", name}}, destination.delivered);
        for (const auto& [reason, count] : deaths(snapshot, destination)) {
            dead.add({{"destination", name}, {"reason", reason}}, count);
        }
        for (const auto& [cause, count] : with(usual_retries, destination.retries)) {
            retries.add({{"destination", name}, {"cause", cause}}, count);
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

}  // namespace pintle::metrics
