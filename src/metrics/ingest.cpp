#include "metrics/families.hpp"

namespace pintle::metrics {
namespace {

void add(Family& family, std::string_view source, const count::Tallied& counts) {
    for (const auto& [reason, count] : counts) family.add({{"source", source}, {"reason", reason}}, count);
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

void add_ingest(const Snapshot& snapshot, Families& families) {
    using ingest::SourceCounts;
    auto received = Family::counter("pintle_events_received_total",
                                    "Events in requests of this source, by type; `other` is what could not be read or "
                                    "is of no known type.");
    auto refused = Family::counter("pintle_events_refused_total",
                                   "Events of which nothing is kept, as their sender was told, by reason. Without a "
                                   "source: requests of which none is known, one each.");
    for (const auto& source : snapshot.ingest.sources) {
        for (std::size_t type = 0; type < source.received.size(); ++type) {
            received.add({{"source", source.source}, {"type", mapping::event_types[type]}}, source.received[type]);
        }
        add(refused, source.source, source.refused);
    }
    add(refused, "", snapshot.ingest.refused);

    auto accepted = Family::counter("pintle_events_accepted_total",
                                    "Events that were answered 200 and are on disk, as dead letters where they cannot "
                                    "be mapped.");
    auto dropped = Family::counter("pintle_events_dropped_total",
                                   "Events that were answered 200 and are not kept on purpose: repeated, or their "
                                   "sender or person is against it.");
    for (const auto& destination : snapshot.destinations) {
        const std::string& name = destination.name;
        accepted.add({{"destination", name}}, sum(snapshot, name, [](const SourceCounts& source) {
                         return source.accepted + ingest::sum(source.dead);
                     }));
        const auto add_dropped = [&](const char* reason, std::uint64_t SourceCounts::* count) {
            dropped.add({{"destination", name}, {"reason", reason}},
                        sum(snapshot, name, [&](const SourceCounts& source) { return source.*count; }));
        };
        add_dropped("duplicate", &SourceCounts::duplicate);
        add_dropped("integration_disabled", &SourceCounts::integration_disabled);
        add_dropped("consent_denied", &SourceCounts::consent_denied);
    }

    auto answers = Family::histogram("pintle_ingest_request_duration_seconds",
                                     "From a whole request to its answer, most of it the wait for the disk.");
    answers.add({}, snapshot.ingest.answers);
    for (auto* family : {&received, &refused, &accepted, &dropped, &answers}) family->move_to(families);
}

}  // namespace pintle::metrics
