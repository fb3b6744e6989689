#include "ingest/witness.hpp"

#include "ingest/write_key.hpp"
#include "pintle/record/record.hpp"

namespace pintle::ingest {
namespace {

// Of a body or an event that is shown, in bytes: whoever looks has it parsed on a thread that serves others.
constexpr std::size_t most_shown = 32'000;

}  // namespace

live::Sight Witness::sight(live::Outcome outcome, std::string_view source, std::string_view destination,
                           Reason reason) const {
    live::Sight sight;
    sight.outcome = outcome;
    sight.time = sight.received = now_;
    sight.source = source;
    sight.destination = destination;
    sight.reason = reason;
    sight.message = sentence(reason);
    return sight;
}

void Witness::rejected(const Source* source, std::string_view body, Reason reason) const {
    if (!looks_for(live::Outcome::rejected)) return;
    if (source == nullptr) return feed_->show(sight(live::Outcome::rejected, {}, {}, reason));
    auto seen = sight(live::Outcome::rejected, source->name, source->destination, reason);
    const std::string shown = hide_write_keys(body.substr(0, most_shown), source->write_keys);
    seen.event = shown;
    feed_->show(seen);
}

void Witness::dropped(const Source& source, const std::vector<Dropped>& dropped) const {
    for (const Dropped& each : dropped) {
        auto seen = sight(live::Outcome::dropped, source.name, source.destination, each.reason);
        seen.message_id = each.message;
        seen.event = each.event;
        feed_->show(seen);
    }
}

void Witness::repeated(const Source& source, const Item& item) const {
    if (!looks_for(live::Outcome::dropped)) return;
    auto seen = sight(live::Outcome::dropped, source.name, source.destination, Reason::duplicate);
    seen.message_id = item.message;
    if (item.letter) {
        seen.event = std::string_view(item.letter->event).substr(0, most_shown);
    } else if (const auto record = record::decode(item.record)) {
        seen.event = record->event;
    }
    feed_->show(seen);
}

void Witness::remember(const Item& item) {
    if (!looks_for(live::Outcome::dead_letter)) return;
    auto& [message, letter] = letters_.emplace_back();
    message = item.message;
    letter.source = item.letter->source;
    letter.destination = item.letter->destination;
    letter.reason = item.letter->reason;
    letter.event = item.letter->event.substr(0, most_shown);
}

void Witness::committed() const {
    for (const auto& [message, letter] : letters_) {
        auto seen = sight(live::Outcome::dead_letter, letter.source, letter.destination, letter.reason);
        seen.message_id = message;
        seen.event = letter.event;
        feed_->show(seen);
    }
}

}  // namespace pintle::ingest
