#include "pintle/ingest/replayer.hpp"

#include <utility>

#include "consent.hpp"
#include "enrichment.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {
namespace {

// How the event arrived: from the letter, or from the record in it if that could not be decoded then.
journal::Record arrival_of(const journal::DeadLetter& letter) {
    auto arrival = journal::decode(letter.event).value_or(journal::Record{});
    if (!arrival.event.empty()) return arrival;
    arrival.source = letter.source;
    arrival.received = letter.received;
    arrival.event = letter.event;
    return arrival;
}

}  // namespace

struct Replayer::State {
    explicit State(ReplayPolicy r) : policy(std::move(r)), mapper(policy.mapping) {}

    Result<void> map(const journal::DeadLetter& letter, const journal::Record& arrival);

    // For an event without a messageId. Ids of letters are unique and letters do not change, so each replay gets the
    // same.
    static std::string message_id(const journal::DeadLetter& letter) {
        return to_uuid(message_hash(letter.destination + "/" + std::to_string(letter.id), letter.event));
    }

    ReplayPolicy policy;
    customerio::Mapper mapper;
    json::Event event;
    customerio::Mapped mapped;
};

Replayer::Replayer(ReplayPolicy policy) : state_(std::make_unique<State>(std::move(policy))) {}
Replayer::~Replayer() = default;
Replayer::Replayer(Replayer&&) noexcept = default;
Replayer& Replayer::operator=(Replayer&&) noexcept = default;

Result<void> Replayer::State::map(const journal::DeadLetter& letter, const journal::Record& arrival) {
    if (!arrival.event.starts_with('{')) return Reason::event_not_an_object;
    // The limit is for events as received: other letters may exceed it by what enrichment has added.
    if (letter.reason == Reason::event_too_large && arrival.event.size() > policy.max_event)
        return Reason::event_too_large;
    if (auto parsed = event.parse(arrival.event); !parsed) return parsed;
    enrich(event, {}, ReceiveTime(arrival.received), message_id(letter));
    // A letter does not tell its route: only an event that came as a webhook was kept for a webhook's name.
    if (const auto why = opted_out(event["integrations"], EnablingNames::forwarders_too,
                                   event["context"]["consentManagement"], policy.consent)) {
        return *why;
    }
    if (!policy.events.admits(event)) return Reason::filtered;
    return mapper.map(event, mapped);
}

Result<void> Replayer::take(const journal::DeadLetter& letter, WallTime now, WallTime age_start, std::string& bytes) {
    auto& state = *state_;
    auto record = arrival_of(letter);
    if (auto outcome = state.map(letter, record); !outcome) return outcome;
    std::string text;
    state.event.write(text);
    record.destination = letter.destination;
    record.replayed = now;
    record.age_start = age_start;
    record.message = message_hash(record.source, customerio::read_identifier(state.event["messageId"]).value_or(""));
    record.keys = state.mapped.keys;
    record.event = text;
    bytes.clear();
    journal::encode(record, bytes);
    return {};
}

}  // namespace pintle::ingest
