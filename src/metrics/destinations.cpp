#include <algorithm>
#include <array>
#include <map>

#include "metrics/families.hpp"

namespace pintle::metrics {
namespace {

constexpr std::array refusals_of_credentials{"401", "403", "407"};

// Those of batches that came as dead letters too.
std::map<Reason, std::uint64_t> dead_lettered(const Snapshot& snapshot, const Destination& destination) {
    std::map<Reason, std::uint64_t> counts(destination.dead_lettered.begin(), destination.dead_lettered.end());
    for (const auto& source : snapshot.ingest.sources) {
        if (source.destination != destination.name) continue;
        for (const auto& [reason, count] : source.dead_lettered) counts[reason] += count;
    }
    return counts;
}

// What Customer.io answered; an operator's hold is `by_hand`, one for another cause (the account's region is unknown)
// `other`.
void add_held(const Destination& destination, Family& held) {
    const auto status = std::string_view(destination.held).substr(0, 3);
    const bool known = std::ranges::find(refusals_of_credentials, status) != refusals_of_credentials.end();
    for (const std::string_view each : refusals_of_credentials) {
        held.add({{"destination", destination.name}, {"status", each}}, status == each ? 1.0 : 0.0);
    }
    const bool other = !destination.held.empty() && !known && !destination.by_hand;
    held.add({{"destination", destination.name}, {"status", "by_hand"}}, destination.by_hand ? 1.0 : 0.0);
    held.add({{"destination", destination.name}, {"status", "other"}}, other ? 1.0 : 0.0);
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
    auto oldest = Family::gauge("pintle_backlog_oldest_seconds",
                                "How long the oldest of them has waited since it was accepted, or replayed; 0 where "
                                "none waits.");
    for (const auto& destination : snapshot.destinations) {
        events.add({{"destination", destination.name}}, destination.ledger.backlog);
        share.add({{"destination", destination.name}}, destination.usage.max_bytes);
        full.add({{"destination", destination.name}}, destination.usage.full ? 1.0 : 0.0);
        if (!destination.backlog) continue;
        bytes.add({{"destination", destination.name}}, destination.backlog->bytes);
        oldest.add({{"destination", destination.name}}, destination.backlog->oldest);
    }
    for (auto* family : {&events, &bytes, &share, &full, &oldest}) family->move_to(families);
}

}  // namespace

void add_destinations(const Snapshot& snapshot, Families& families) {
    add_backlog(snapshot, families);
    auto delivered = Family::counter("pintle_events_delivered_total", "Events that Customer.io took with a 2xx.");
    auto dead = Family::counter("pintle_events_dead_lettered_total",
                                "Events that became dead letters, by reason: of the mapping, Customer.io's rejection "
                                "with its status, or too_old.");
    auto retries = Family::counter("pintle_delivery_retries_total",
                                   "Deliveries of an event that failed and are tried again, by cause: Customer.io's "
                                   "status, or transport_error where there was no response.");
    auto held = Family::gauge("pintle_destination_held",
                              "1 where the destination refuses our credentials with this status, so that nothing is "
                              "sent but a probe now and then.");
    auto failing = Family::gauge("pintle_destination_failing",
                                 "1 where most of the latest attempts failed, so that the destination backs off.");
    auto requests = Family::gauge("pintle_requests_in_flight", "Requests to Customer.io that are not yet answered.");
    auto calls = Family::histogram("pintle_delivery_seconds",
                                   "One request to Customer.io, connecting included, to its answer or its failure.");
    auto ways = Family::histogram("pintle_end_to_end_seconds",
                                  "Of a delivered event, from when it was received (or replayed) to the 2xx.");
    for (const auto& destination : snapshot.destinations) {
        const std::string& name = destination.name;
        delivered.add({{"destination", name}}, destination.delivered);
        for (const auto& [reason, count] : dead_lettered(snapshot, destination)) {
            dead.add({{"destination", name}, {"reason", code(reason)}}, count);
        }
        for (const auto& [cause, count] : destination.retries) {
            retries.add({{"destination", name}, {"cause", code(cause)}}, count);
        }
        add_held(destination, held);
        failing.add({{"destination", name}}, destination.failing ? 1.0 : 0.0);
        requests.add({{"destination", name}}, destination.requests);
        calls.add({{"destination", name}}, destination.calls);
        ways.add({{"destination", name}}, destination.ways);
    }
    for (auto* family : {&delivered, &dead, &retries, &held, &failing, &requests, &calls, &ways}) {
        family->move_to(families);
    }
}

}  // namespace pintle::metrics
