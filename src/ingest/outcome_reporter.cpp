#include "outcome_reporter.hpp"

#include "pintle/journal/record.hpp"
#include "write_key.hpp"

namespace pintle::ingest {
namespace {

// Of a body or an event that is shown, in bytes: whoever looks has it parsed on a thread that serves others.
constexpr std::size_t most_shown = 32'000;

}  // namespace

events::Observation OutcomeReporter::sight(events::Outcome outcome, std::string_view source,
                                           std::string_view destination, Reason reason) const {
    events::Observation sight;
    sight.outcome = outcome;
    sight.time = sight.received = now_;
    sight.source = source;
    sight.destination = destination;
    sight.reason = reason;
    sight.message = sentence(reason);
    return sight;
}

void OutcomeReporter::rejected(const Source* source, std::string_view body, Reason reason) const {
    if (!looks_for(events::Outcome::rejected)) return;
    if (source == nullptr) return feed_->record(sight(events::Outcome::rejected, {}, {}, reason));
    auto message_ids = sight(events::Outcome::rejected, source->name, source->destination, reason);
    const std::string shown = hide_write_keys(body.substr(0, most_shown), source->write_keys);
    message_ids.event = shown;
    feed_->record(message_ids);
}

void OutcomeReporter::dropped(const Source& source, const std::vector<Dropped>& dropped) const {
    for (const Dropped& each : dropped) {
        auto message_ids = sight(events::Outcome::dropped, source.name, source.destination, each.reason);
        message_ids.message_id = each.message;
        message_ids.event = each.event;
        feed_->record(message_ids);
    }
}

void OutcomeReporter::repeated(const Source& source, const Item& item) const {
    if (!looks_for(events::Outcome::dropped)) return;
    auto message_ids = sight(events::Outcome::dropped, source.name, source.destination, Reason::duplicate);
    message_ids.message_id = item.message;
    if (item.letter) {
        message_ids.event = std::string_view(item.letter->event).substr(0, most_shown);
    } else if (const auto record = journal::decode(item.record)) {
        message_ids.event = record->event;
    }
    feed_->record(message_ids);
}

void OutcomeReporter::remember(const Item& item) {
    if (!looks_for(events::Outcome::dead_letter)) return;
    auto& [message, letter] = letters_.emplace_back();
    message = item.message;
    letter.source = item.letter->source;
    letter.destination = item.letter->destination;
    letter.reason = item.letter->reason;
    letter.event = item.letter->event.substr(0, most_shown);
}

void OutcomeReporter::committed() const {
    for (const auto& [message, letter] : letters_) {
        auto message_ids = sight(events::Outcome::dead_letter, letter.source, letter.destination, letter.reason);
        message_ids.message_id = message;
        message_ids.event = letter.event;
        feed_->record(message_ids);
    }
}

}  // namespace pintle::ingest
