#include "pintle/ingest/readmission.hpp"

#include <utility>

#include "ingest/message_hash.hpp"
#include "ingest/optout.hpp"
#include "ingest/stamp.hpp"
#include "pintle/record/record.hpp"

namespace pintle::ingest {
namespace {

// What a letter says of its event's arrival. Of a record that its pintle could not read, the record itself says it.
record::Record arrival_of(const journal::DeadLetter& letter) {
    auto arrival = record::decode(letter.event).value_or(record::Record{});
    if (!arrival.event.empty()) return arrival;
    arrival.source = letter.source;
    arrival.received = letter.received;
    arrival.event = letter.event;
    return arrival;
}

}  // namespace

struct Readmission::State {
    explicit State(Rules r) : rules(std::move(r)), mapper(rules.mapping) {}

    mapping::Result<void> map(const journal::DeadLetter& letter, const record::Record& arrival);

    // For an event without a messageId: the letter is the only one of its id, and does not change.
    static std::string message_id(const journal::DeadLetter& letter) {
        return to_uuid(message_hash(letter.destination + "/" + std::to_string(letter.id), letter.event));
    }

    Rules rules;
    mapping::Mapper mapper;
    mapping::Event event;
    mapping::Mapped mapped;
};

Readmission::Readmission(Rules rules) : state_(std::make_unique<State>(std::move(rules))) {}
Readmission::~Readmission() = default;
Readmission::Readmission(Readmission&&) noexcept = default;
Readmission& Readmission::operator=(Readmission&&) noexcept = default;

mapping::Result<void> Readmission::State::map(const journal::DeadLetter& letter, const record::Record& arrival) {
    if (!arrival.event.starts_with('{')) return Reason::event_not_an_object;
    // The limit is for what arrives; stamping has made others larger than they came.
    if (letter.reason == Reason::event_too_large && arrival.event.size() > rules.max_event)
        return Reason::event_too_large;
    if (auto parsed = event.parse(arrival.event); !parsed) return parsed;
    stamp(event, {}, Moment(arrival.received), message_id(letter));
    switch (opted_out(event["integrations"], event["context"]["consentManagement"], rules.consent_categories)) {
        case OptOut::integration_disabled: return Reason::integration_disabled;
        case OptOut::consent_denied: return Reason::consent_denied;
        case OptOut::none: break;
    }
    return mapper.map(event, mapped);
}

mapping::Result<void> Readmission::take(const journal::DeadLetter& letter, WallTime now, WallTime age_start,
                                        std::string& bytes) {
    auto& state = *state_;
    auto record = arrival_of(letter);
    if (auto outcome = state.map(letter, record); !outcome) return outcome;
    std::string text;
    state.event.write(text);
    record.destination = letter.destination;
    record.replayed = now;
    record.age_start = age_start;
    record.message = message_hash(record.source, mapping::read_identifier(state.event["messageId"]).value_or(""));
    record.keys = state.mapped.keys;
    record.event = text;
    bytes.clear();
    record::encode(record, bytes);
    return {};
}

}  // namespace pintle::ingest
