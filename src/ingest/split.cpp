#include "split.hpp"
#include "pintle/base/result.hpp"

namespace pintle::ingest {
namespace {

using json::Tokens;
using json::TokenSpan;
using Outcome = json::Validator::Outcome;

constexpr std::size_t levels_below = max_json_depth - 1;  // of an envelope's members

}  // namespace

Result<void> Splitter::begin(std::string& body, Form form, Parts& parts) {
    parts_ = &parts;
    batch_.reset();
    no_array_ = false;
    place_ = Place::finished;
    parts.events.clear();
    parts.sent_at.reset();
    parts.context.reset();
    parts.write_key.reset();
    parts.batch = parts.enveloped = form == Form::batch;
    if (auto found = parts.tokens.find(body); !found) return found;
    at_ = 1;
    if (parts.enveloped) {
        if (parts.tokens.first(0) != '{') return Reason::invalid_json;
        place_ = Place::member;
    } else if (form == Form::single || parts.tokens.first(0) != '[') {
        parts.events.push_back(parts.tokens.all());
    } else {
        parts.batch = true;
        place_ = Place::element;
    }
    return {};
}

Result<Progress> Splitter::go_on(Slice& slice) {
    while (place_ != Place::finished) {
        if (slice.is_spent()) return Progress::more;
        const auto outcome = step(slice);
        if (!outcome) return outcome.error();
    }
    return Progress::done;
}

Result<void> Splitter::step(Slice& slice) {
    switch (place_) {
        case Place::element: return read_element(slice);
        case Place::member: return read_member(slice);
        case Place::replaced_batch:
        case Place::value: return read_value(slice);
        case Place::finished: break;
    }
    return {};
}

// Of the batch, behind its bracket or a comma.
Result<void> Splitter::read_element(Slice& slice) {
    const Tokens& tokens = parts_->tokens;
    auto& events = parts_->events;
    if (tokens.first(at_) != ']' || !events.empty()) {
        const auto event = tokens.value_at(at_);
        if (!event) return Reason::invalid_json;
        if (events.size() == max_events_) return Reason::too_many_events;
        events.push_back(*event);
        slice.spend(event->end - at_);
        at_ = event->end;
    }
    if (tokens.first(at_) == ',') {
        ++at_;
        return {};
    }
    if (tokens.first(at_) != ']') return Reason::invalid_json;
    if (parts_->enveloped) return end_member({value_, at_ + 1});
    return at_ + 1 == tokens.count() ? finish() : Reason::invalid_json;
}

// Of the envelope, behind its bracket or a comma.
Result<void> Splitter::read_member(Slice& slice) {
    const Tokens& tokens = parts_->tokens;
    if (tokens.first(at_) == '}' && at_ == 1) return end_envelope();
    if (tokens.first(at_) != '"' || tokens.first(at_ + 1) != ':' || !json::is_valid_scalar(tokens, at_)) {
        return Reason::invalid_json;
    }
    name_ = at_;
    value_ = at_ + 2;
    slice.spend(tokens.starts()[value_] - tokens.starts()[name_] + Slice::per_member);
    if (!tokens.is_string(name_, "batch")) {
        validate(value_, Place::value);
    } else if (batch_) {  // of several the last counts, and nobody has looked at what stands in the others
        validate(batch_->begin, Place::replaced_batch);
    } else {
        begin_batch();
    }
    return {};
}

void Splitter::validate(std::size_t token, Place place) {
    validator_.begin(parts_->tokens, token, levels_below);
    place_ = place;
}

Result<void> Splitter::read_value(Slice& slice) {
    const std::size_t before = validator_.end();
    const Outcome outcome = validator_.check(slice.left());
    slice.spend(validator_.end() - before);
    switch (outcome) {
        case Outcome::more: return {};
        case Outcome::invalid: return Reason::invalid_json;
        case Outcome::too_deep: return Reason::nested_too_deep;
        case Outcome::valid: break;
    }
    if (place_ == Place::value) return end_member({value_, validator_.end()});
    begin_batch();
    return {};
}

void Splitter::begin_batch() {
    parts_->events.clear();
    batch_.reset();
    if (parts_->tokens.first(value_) != '[') return validate(value_, Place::value);
    at_ = value_ + 1;
    place_ = Place::element;
}

Result<void> Splitter::end_member(TokenSpan value) {
    const Tokens& tokens = parts_->tokens;
    if (tokens.is_string(name_, "batch")) {
        const char first = tokens.first(value.begin);
        if (first == '[') batch_ = value;
        no_array_ = first != '[' && first != 'n';
    } else if (tokens.is_string(name_, "context")) {
        parts_->context = value;
    } else if (tokens.is_string(name_, "sentAt")) {
        parts_->sent_at = value;
    } else if (tokens.is_string(name_, "writeKey")) {
        parts_->write_key = value;
    }
    at_ = value.end;
    if (tokens.first(at_) != ',') return end_envelope();
    ++at_;
    place_ = Place::member;
    return {};
}

Result<void> Splitter::end_envelope() {
    const Tokens& tokens = parts_->tokens;
    if (tokens.first(at_) != '}' || at_ + 1 != tokens.count()) return Reason::invalid_json;
    if (no_array_) return Reason::batch_not_an_array;
    return finish();
}

Result<void> Splitter::finish() {
    place_ = Place::finished;
    return parts_->events.empty() ? Result<void>(Reason::empty_batch) : Result<void>();
}

}  // namespace pintle::ingest
