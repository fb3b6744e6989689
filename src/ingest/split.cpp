#include "split.hpp"
#include "pintle/base/result.hpp"
#include "write_key.hpp"

namespace pintle::ingest {
namespace {

using json::Tokens;
using json::TokenSpan;

constexpr std::size_t levels_below = max_json_depth - 1;  // of an envelope's members

bool has_batch(const Tokens& tokens) {
    if (tokens.first(0) != '{' || tokens.text(tokens.all()).find("\"batch\"") == std::string_view::npos) return false;
    const auto member = find_member(tokens, tokens.all(), "batch");
    return member && tokens.first(member->begin) == '[';
}

}  // namespace

Result<void> Splitter::begin(std::string& body, Form form, SplitBody& split) {
    split_ = &split;
    batch_.reset();
    no_array_ = false;
    state_ = State::finished;
    split.events.clear();
    split.sent_at.reset();
    split.context.reset();
    split.write_key.reset();
    if (auto found = split.tokens.find(body); !found) return found;
    split.enveloped = form == Form::batch || (form == Form::record && has_batch(split.tokens));
    split.batch = split.enveloped || form == Form::record;
    at_ = 1;
    if (split.enveloped) {
        if (split.tokens.first(0) != '{') return Reason::invalid_json;
        state_ = State::member;
    } else if (form == Form::single || split.tokens.first(0) != '[') {
        split.events.push_back(split.tokens.all());
    } else {
        split.batch = true;
        state_ = State::element;
    }
    return {};
}

Result<Progress> Splitter::resume(Slice& slice) {
    while (state_ != State::finished) {
        if (slice.is_spent()) return Progress::more;
        const auto outcome = step(slice);
        if (!outcome) return outcome.error();
    }
    return Progress::done;
}

Result<void> Splitter::step(Slice& slice) {
    switch (state_) {
        case State::element: return read_element(slice);
        case State::member: return read_member(slice);
        case State::replaced_batch:
        case State::value: return read_value(slice);
        case State::finished: break;
    }
    return {};
}

// At an element of the batch, after its bracket or a comma.
Result<void> Splitter::read_element(Slice& slice) {
    const Tokens& tokens = split_->tokens;
    auto& events = split_->events;
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
    if (split_->enveloped) return end_member({value_, at_ + 1});
    return at_ + 1 == tokens.count() ? finish() : Reason::invalid_json;
}

// At a member of the envelope, after its brace or a comma.
Result<void> Splitter::read_member(Slice& slice) {
    const Tokens& tokens = split_->tokens;
    if (tokens.first(at_) == '}' && at_ == 1) return end_envelope();
    if (tokens.first(at_) != '"' || tokens.first(at_ + 1) != ':' || !json::is_valid_scalar(tokens, at_)) {
        return Reason::invalid_json;
    }
    name_ = at_;
    value_ = at_ + 2;
    slice.spend(tokens.starts()[value_] - tokens.starts()[name_] + Slice::per_member);
    if (!tokens.is_string(name_, "batch")) {
        validate(value_, State::value);
    } else if (batch_) {  // the last one counts; the elements of the others are still to be validated
        validate(batch_->begin, State::replaced_batch);
    } else {
        begin_batch();
    }
    return {};
}

void Splitter::validate(std::size_t token, State next) {
    validator_.begin(split_->tokens, token, levels_below);
    state_ = next;
}

Result<void> Splitter::read_value(Slice& slice) {
    const std::size_t before = validator_.end();
    const auto status = validator_.check(slice.left());
    slice.spend(validator_.end() - before);
    switch (status) {
        case json::Validator::Status::more: return {};
        case json::Validator::Status::invalid: return Reason::invalid_json;
        case json::Validator::Status::too_deep: return Reason::nested_too_deep;
        case json::Validator::Status::valid: break;
    }
    if (state_ == State::value) return end_member({value_, validator_.end()});
    begin_batch();
    return {};
}

void Splitter::begin_batch() {
    split_->events.clear();
    batch_.reset();
    if (split_->tokens.first(value_) != '[') return validate(value_, State::value);
    at_ = value_ + 1;
    state_ = State::element;
}

Result<void> Splitter::end_member(TokenSpan value) {
    const Tokens& tokens = split_->tokens;
    if (tokens.is_string(name_, "batch")) {
        const char first = tokens.first(value.begin);
        if (first == '[') batch_ = value;
        no_array_ = first != '[' && first != 'n';
    } else if (tokens.is_string(name_, "context")) {
        split_->context = value;
    } else if (tokens.is_string(name_, "sentAt")) {
        split_->sent_at = value;
    } else if (tokens.is_string(name_, "writeKey")) {
        split_->write_key = value;
    }
    at_ = value.end;
    if (tokens.first(at_) != ',') return end_envelope();
    ++at_;
    state_ = State::member;
    return {};
}

Result<void> Splitter::end_envelope() {
    const Tokens& tokens = split_->tokens;
    if (tokens.first(at_) != '}' || at_ + 1 != tokens.count()) return Reason::invalid_json;
    if (no_array_) return Reason::batch_not_an_array;
    return finish();
}

Result<void> Splitter::finish() {
    state_ = State::finished;
    return split_->events.empty() ? Result<void>(Reason::empty_batch) : Result<void>();
}

}  // namespace pintle::ingest
