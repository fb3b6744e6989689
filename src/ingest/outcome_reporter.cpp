#include "outcome_reporter.hpp"

#include "pintle/journal/record.hpp"
#include "write_key.hpp"

namespace pintle::ingest {
namespace {

// Bytes of a body or event: subscribers have it parsed on a thread that serves requests.
constexpr std::size_t max_shown = 32'000;

}  // namespace

events::Observation OutcomeReporter::observe(events::Outcome outcome, std::string_view source,
                                             std::string_view destination, Reason reason) const {
    events::Observation observation;
    observation.outcome = outcome;
    observation.time = observation.received = now_;
    observation.source = source;
    observation.destination = destination;
    observation.reason = reason;
    observation.message = sentence(reason);
    return observation;
}

void OutcomeReporter::rejected(Reason reason) const {
    if (should_report(events::Outcome::rejected))
        event_stream_->record(observe(events::Outcome::rejected, {}, {}, reason));
}

void OutcomeReporter::rejected(const Source& source, const Destination* destination, std::string_view type,
                               std::string_view body, Reason reason) const {
    if (!should_report(events::Outcome::rejected)) return;
    if (destination == nullptr && source.destinations.size() == 1) destination = source.destinations.data();
    auto observation = observe(events::Outcome::rejected, source.name,
                               destination != nullptr ? std::string_view(destination->name) : "", reason);
    observation.type = type;
    const std::string shown = hide_write_keys(body.substr(0, max_shown), source.write_keys);
    observation.event = shown;
    event_stream_->record(observation);
}

void OutcomeReporter::dropped(const Source& source, const std::vector<Dropped>& dropped) const {
    for (const Dropped& each : dropped) {
        auto observation =
            observe(events::Outcome::dropped, source.name, source.destinations[each.destination].name, each.reason);
        observation.message_id = each.message;
        observation.event = each.event;
        event_stream_->record(observation);
    }
}

void OutcomeReporter::duplicate(const Source& source, const Item& item) const {
    if (!should_report(events::Outcome::dropped)) return;
    auto observation =
        observe(events::Outcome::dropped, source.name, source.destinations[item.destination].name, Reason::duplicate);
    observation.message_id = item.message;
    if (item.letter) {
        observation.event = std::string_view(item.letter->event).substr(0, max_shown);
    } else if (const auto record = journal::decode(item.record)) {
        observation.event = record->event;
    }
    event_stream_->record(observation);
}

}  // namespace pintle::ingest
