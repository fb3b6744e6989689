#include "metric_families.hpp"

namespace pintle::daemon {
namespace {

void add(stats::Family& family, std::string_view source, const stats::ReasonCounts& counts) {
    for (const auto& [reason, count] : counts) family.add({{"source", source}, {"reason", code(reason)}}, count);
}

// Sources of one destination are one.
template <class Count>
std::uint64_t sum(const Snapshot& snapshot, std::string_view destination, Count count) {
    std::uint64_t total = 0;
    for (const auto& source : snapshot.ingest.sources) {
        if (source.destination == destination) total += count(source);
    }
    return total;
}

}  // namespace

void add_ingest(const Snapshot& snapshot, stats::Families& families) {
    using ingest::SourceCounts;
    auto received =
        stats::Family::counter("pintle_events_received_total",
                               "Events in requests of this source, by type; `other` is what could not be read or "
                               "is of no known type.");
    auto rejected =
        stats::Family::counter("pintle_events_rejected_total",
                               "Events of which nothing is kept, as their sender was told, by reason. Without a "
                               "source: requests of which none is known, one each.");
    for (const auto& source : snapshot.ingest.sources) {
        for (std::size_t type = 0; type < source.received.size(); ++type) {
            received.add({{"source", source.source}, {"type", customerio::event_types[type]}}, source.received[type]);
        }
        add(rejected, source.source, source.rejected);
    }
    add(rejected, "", snapshot.ingest.rejected);

    auto accepted =
        stats::Family::counter("pintle_events_accepted_total",
                               "Events that were answered 200 and are on disk, as dead letters where they cannot "
                               "be mapped.");
    auto dropped =
        stats::Family::counter("pintle_events_dropped_total",
                               "Events that were answered 200 and are not kept on purpose: repeated, or their "
                               "sender or person is against it.");
    for (const auto& destination : snapshot.destinations) {
        const std::string& name = destination.name;
        accepted.add({{"destination", name}}, sum(snapshot, name, [](const SourceCounts& source) {
                         return source.accepted + stats::sum(source.dead_lettered);
                     }));
        const auto add_dropped = [&](Reason reason, std::uint64_t SourceCounts::* count) {
            dropped.add({{"destination", name}, {"reason", code(reason)}},
                        sum(snapshot, name, [&](const SourceCounts& source) { return source.*count; }));
        };
        add_dropped(Reason::duplicate, &SourceCounts::duplicate);
        add_dropped(Reason::integration_disabled, &SourceCounts::integration_disabled);
        add_dropped(Reason::consent_denied, &SourceCounts::consent_denied);
    }

    auto answers = stats::Family::histogram("pintle_ingest_request_duration_seconds",
                                            "From a whole request to its answer, most of it the wait for the disk.");
    answers.add({}, snapshot.ingest.answers);
    for (auto* family : {&received, &rejected, &accepted, &dropped, &answers}) family->move_to(families);
}

}  // namespace pintle::daemon
