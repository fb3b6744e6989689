#include "ingress/witness.hpp"

#include "ingress/refusals.hpp"
#include "pintle/record/record.hpp"

namespace pintle::ingress {
namespace {

constexpr std::size_t most_of_a_body = 32'000;  // bytes

}  // namespace

void Witness::refused(const Source* source, std::string_view body, std::string_view reason) const {
    if (!looks_for(live::Outcome::refused)) return;
    live::Sight sight;
    sight.outcome = live::Outcome::refused;
    sight.time = sight.received = now_;
    sight.reason = reason;
    if (source != nullptr) {
        sight.source = source->name;
        sight.destination = source->destination;
        sight.event = body.substr(0, most_of_a_body);
    }
    feed_->show(sight);
}

void Witness::dropped(const Source& source, const std::vector<Dropped>& dropped) const {
    for (const Dropped& each : dropped) {
        live::Sight sight;
        sight.outcome = live::Outcome::dropped;
        sight.time = sight.received = now_;
        sight.message = each.message;
        sight.source = source.name;
        sight.destination = source.destination;
        sight.event = each.event;
        sight.reason = each.reason;
        feed_->show(sight);
    }
}

void Witness::repeated(const Source& source, const Item& item) const {
    if (!looks_for(live::Outcome::dropped)) return;
    live::Sight sight;
    sight.outcome = live::Outcome::dropped;
    sight.time = sight.received = now_;
    sight.message = item.message;
    sight.source = source.name;
    sight.destination = source.destination;
    sight.reason = ingress::repeated.reason;
    if (item.letter) {
        sight.event = item.letter->event;
    } else if (const auto record = record::decode(item.record)) {
        sight.event = record->event;
    }
    feed_->show(sight);
}

void Witness::remember(const Item& item) {
    if (looks_for(live::Outcome::dead_letter)) letters_.emplace_back(item.message, *item.letter);
}

void Witness::committed() const {
    for (const auto& [message, letter] : letters_) {
        live::Sight sight;
        sight.outcome = live::Outcome::dead_letter;
        sight.time = sight.received = now_;
        sight.message = message;
        sight.source = letter.source;
        sight.destination = letter.destination;
        sight.event = letter.event;
        sight.reason = letter.reason;
        feed_->show(sight);
    }
}

}  // namespace pintle::ingress
