#include "request_processor.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/semantic_event.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/journal/record.hpp"
#include "reasons.hpp"
#include "write_key.hpp"

namespace pintle::ingest {
namespace {

using json::TokenSpan;
using json::Value;

// The size of a record or dead letter beyond the enriched event.
constexpr std::size_t record_overhead = 512;

// The members that are read of an event that is too large to be parsed.
constexpr std::array<std::string_view, 6> summary_members{"type",    "messageId", "integrations",
                                                          "context", "event",     "name"};

constexpr std::uint8_t bit_of(customerio::EventType type) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(type));
}

// An unknown type is allowed here: the mapping rejects it with its own reason.
std::uint8_t forbidden_types(const Source& source) {
    if (source.types.empty()) return 0;
    unsigned allowed = bit_of(customerio::EventType::other);
    for (const auto& type : source.types) allowed |= bit_of(customerio::find_event_type(type));
    return static_cast<std::uint8_t>(~allowed);
}

}  // namespace

RequestProcessor::RequestProcessor(const Options& options)
    : options_(options), splitter_(options.max_events_per_request) {
    for (const Source& source : options.sources) {
        SourcePolicy& policy = policies_.emplace_back();
        policy.forbidden = forbidden_types(source);
        for (const Destination& destination : source.destinations) {
            policy.mappers.emplace_back(destination.mapping);
            policy.needs_consent = policy.needs_consent || !destination.consent.empty();
        }
    }
}

Result<void> RequestProcessor::open(std::string& body, const Route& route) {
    body_ = body.size();
    return splitter_.begin(body, route.form, split_);
}

std::size_t RequestProcessor::working_bytes(std::size_t body) const noexcept {
    constexpr std::size_t tokens = 4;  // bytes of token index per byte
    constexpr std::size_t nodes = sizeof(json::Node) / 2;
    return body * (tokens + 1) + std::min(body, options_.max_event) * nodes;
}

std::size_t RequestProcessor::expanded_bytes() const noexcept {
    std::size_t each = record_overhead + max_enrichment_bytes;
    for (const auto& shared : {split_.sent_at, split_.context}) {
        if (shared) each += split_.tokens.text(*shared).size();
    }
    return body_ + split_.events.size() * each;
}

std::string RequestProcessor::body_key() {
    auto found = split_.write_key;
    if (!split_.enveloped && split_.events.size() == 1) {
        found = find_member(split_.tokens, split_.events.front(), "writeKey");
    }
    if (!found || split_.tokens.text(*found).size() > options_.max_event) return {};
    text_.assign(R"({"writeKey":)").append(split_.tokens.text(*found)).append("}");
    return event_.parse(text_) ? std::string(event_["writeKey"].text()) : std::string{};
}

void RequestProcessor::begin(const Source& source, const Route& route, WallTime now, ProcessedRequest& processed,
                             WallTime age_start, std::optional<RecordOrigin> record) {
    source_ = &source;
    origin_ = record;
    age_start_ = age_start;
    route_ = route;
    now_.emplace(now);
    processed_ = &processed;
    next_ = 0;
    validating_ = false;
    processed.events = split_.events.size();
    processed.outcomes.resize(source.destinations.size());
    processed.items.reserve(split_.events.size() * source.destinations.size());
    if (!split_.enveloped) return;
    const auto& tokens = split_.tokens;
    const std::string_view sent_at = split_.sent_at ? tokens.text(*split_.sent_at) : std::string_view{};
    const std::size_t context = split_.context ? tokens.text(*split_.context).size() : 0;
    if (context > options_.max_event) {
        defaults_.set_large(sent_at, tokens.first(split_.context->begin) == '{' ? context : 0);
    } else {
        defaults_.set(sent_at, context > 0 && context_.read(tokens, *split_.context) ? context_.root() : Value());
    }
}

void RequestProcessor::dead_letter(const Source& source, const RecordOrigin& record, std::string value, Reason reason,
                                   WallTime now, ProcessedRequest& processed) {
    source_ = &source;
    origin_ = record;
    now_.emplace(now);
    processed_ = &processed;
    next_ = 0;
    processed = {};
    processed.events = 1;
    processed.outcomes.resize(source.destinations.size());
    ++processed.types[static_cast<std::size_t>(customerio::EventType::other)];
    const std::string id = record_id();
    for (std::size_t i = 0; i < source.destinations.size(); ++i) add_dead_letter(i, value, id, reason);
}

RejectionOr<Progress> RequestProcessor::process(Slice& slice) {
    for (; next_ < split_.events.size(); ++next_) {
        if (slice.is_spent()) return Progress::more;
        const TokenSpan event = split_.events[next_];
        if (!validating_ && !needs_validation(event)) {
            slice.spend(split_.tokens.text(event).size() + Slice::per_event);
            if (auto outcome = process_event(event); !outcome) return outcome.error();
            continue;
        }
        if (!std::exchange(validating_, true)) {
            if (auto outcome = begin_validation(event); !outcome) return outcome.error();
        }
        const auto progress = check(event, slice);
        if (!progress || *progress == Progress::more) return progress;
        validating_ = false;
    }
    return Progress::done;
}

// Events that are not objects or too large are validated without parsing, which would take memory.
bool RequestProcessor::needs_validation(TokenSpan event) const {
    return split_.tokens.first(event.begin) != '{' || split_.tokens.text(event).size() > options_.max_event;
}

RejectionOr<void> RequestProcessor::begin_validation(TokenSpan event) {
    const bool is_object = split_.tokens.first(event.begin) == '{';
    if (is_object && !split_.batch) {
        const auto type = find_member(split_.tokens, event, "type");
        const std::string_view text = type ? split_.tokens.text(*type) : std::string_view{};
        count_type(text.size() > 2 ? text.substr(1, text.size() - 2) : std::string_view{});
        return Rejection{413, Reason::event_too_large};
    }
    validator_.begin(split_.tokens, event.begin, is_object ? max_json_depth : max_json_depth - 1, summary_members);
    return {};
}

// Valid JSON that is not an object only fails this event; invalid JSON fails the request.
RejectionOr<Progress> RequestProcessor::check(TokenSpan event, Slice& slice) {
    using Status = json::Validator::Status;
    const std::size_t before = validator_.end();
    const Status status = validator_.check(slice.left());
    slice.spend(validator_.end() - before + Slice::per_event);
    if (status == Status::more) return Progress::more;
    RejectionOr<void> outcome;
    if (status == Status::too_deep) {
        outcome = reject(event, 400, Reason::nested_too_deep);
    } else if (status == Status::invalid || validator_.end() != event.end) {
        return Rejection{400, Reason::invalid_json};
    } else if (split_.tokens.first(event.begin) != '{') {
        outcome = reject(event, 400, Reason::event_not_an_object);
    } else {
        read_summary();
        reject_large(event);
    }
    if (!outcome) return outcome.error();
    return Progress::done;
}

RejectionOr<void> RequestProcessor::process_event(TokenSpan span) {
    if (auto parsed = event_.read(split_.tokens, span); !parsed) {
        const auto reason = parsed.error();
        if (reason == Reason::invalid_json) return Rejection{400, reason};
        return reject(span, 400, reason);
    }
    if (split_.enveloped) {
        if (split_.tokens.text(span).size() + defaults_.bytes_for(event_) > options_.max_event) {
            reject_large(span);
            return {};
        }
        defaults_.apply(event_);
    }
    const bool has_id = customerio::read_identifier(event_["messageId"]).has_value();
    const std::string id = has_id ? std::string{} : (origin_ ? record_id() : make_uuid());
    enrich(event_, route_.type, *now_, id, origin_ ? origin_->time : std::nullopt);
    rejections_.clear();
    record_ = no_record;
    const Value consent = this->consent();
    const auto forbidden = forbidden_type();
    for (std::size_t i = 0; i < source_->destinations.size(); ++i) {
        if (drop_if_unwanted(i, consent)) continue;
        if (forbidden) {
            rejections_.push_back({i, 403, *forbidden});
            continue;
        }
        if (auto mapped = policy().mappers[i].validate(event_, mapped_); !mapped) {
            rejections_.push_back({i, 400, mapped.error()});
            continue;
        }
        if (record_ == no_record) ++processed_->types[static_cast<std::size_t>(mapped_.type)];
        const Destination& destination = source_->destinations[i];
        if (destination.full_queues != nullptr && destination.full_queues->is_full(mapped_.keys)) {
            // The whole batch, as a dead letter would lose its position in the order.
            return Rejection{429, Reason::person_queue_full, &destination};
        }
        if (mapped_.type == customerio::EventType::track && !mapped_.semantic_event)
            note_inactive(i, InactiveSemanticEvent::Cause::not_listed);
        add_record(i);
    }
    if (record_ == no_record) count_type(event_["type"].text());
    return rejections_.empty() ? RejectionOr<void>() : finish_rejected();
}

// Why the source may not send the event, if so.
std::optional<Reason> RequestProcessor::forbidden_type() const {
    const auto forbidden = policy().forbidden;
    if (forbidden == 0) return std::nullopt;
    const auto type = customerio::find_event_type(event_["type"].text());
    if ((forbidden & bit_of(type)) == 0) return std::nullopt;
    return not_allowed(type);
}

// Rejects a single event that no destination takes; otherwise it is a dead letter of those that cannot take it.
RejectionOr<void> RequestProcessor::finish_rejected() {
    if (!split_.batch && record_ == no_record) {
        const DestinationRejection& first = rejections_.front();
        return Rejection{first.status, first.reason, &source_->destinations[first.destination]};
    }
    std::string text;
    event_.write(text);
    for (const DestinationRejection& rejection : rejections_) {
        add_dead_letter(rejection.destination, text, message_id(), rejection.reason,
                        semantic_event(rejection.destination));
    }
    return {};
}

RejectionOr<void> RequestProcessor::reject(TokenSpan event, unsigned status, Reason reason) {
    if (!split_.batch) return Rejection{status, reason};
    const std::string text = without_write_key(split_.tokens, event);
    for (std::size_t i = 0; i < source_->destinations.size(); ++i) {
        add_dead_letter(i, text, letter_id(event), reason);
    }
    return {};
}

// For an event of a batch whose `summary_members` are read. The letter gets the event as received: with the defaults of
// the batch it could become many times as large.
void RequestProcessor::reject_large(TokenSpan event) {
    count_type(event_["type"].text());
    const Value consent = policy().needs_consent ? defaults_.context_member(event_, "consentManagement") : Value();
    const std::string text = without_write_key(split_.tokens, event);
    const std::string id(message_id());
    for (std::size_t i = 0; i < source_->destinations.size(); ++i) {
        if (drop_if_unwanted(i, consent)) continue;
        add_dead_letter(i, text, id.empty() ? letter_id(event) : id, Reason::event_too_large, semantic_event(i));
    }
}

// Reads the `summary_members` of the large event that was just validated.
void RequestProcessor::read_summary() {
    text_.assign(1, '{');
    for (std::size_t i = 0; i < summary_members.size(); ++i) {
        const auto value = validator_.member(i);
        if (!value || split_.tokens.text(*value).size() > options_.max_event) continue;
        if (text_.size() > 1) text_ += ',';
        text_ += '"';
        text_ += summary_members[i];
        text_ += "\":";
        text_ += split_.tokens.text(*value);
    }
    text_ += '}';
    if (!event_.parse(text_)) throw std::logic_error("a part of a valid event is invalid");
}

// Including the defaults of the batch.
Value RequestProcessor::consent() const {
    return policy().needs_consent ? event_["context"]["consentManagement"] : Value();
}

// Drops the event for the destination if it opted out or the destination's filter does not admit it.
bool RequestProcessor::drop_if_unwanted(std::size_t destination, Value consent) {
    const Destination& to = source_->destinations[destination];
    OutcomeCounts& outcomes = processed_->outcomes[destination];
    const bool is_forwarded = route_.form == Form::webhook || route_.form == Form::record;
    const auto names = is_forwarded ? EnablingNames::forwarders_too : EnablingNames::customerio;
    auto why = opted_out(event_["integrations"], names, consent, to.consent);
    if (why) {
        ++(*why == Reason::integration_disabled ? outcomes.integration_disabled : outcomes.consent_denied);
    } else if (!to.events.admits(event_)) {
        why = Reason::filtered;
        ++outcomes.filtered;
        note_inactive(destination, InactiveSemanticEvent::Cause::filtered);
    }
    if (why) processed_->event_outcomes.note(next_, EventOutcomes::Kind::dropped, *why);
    if (why && processed_->watched) {
        auto& dropped = processed_->dropped.emplace_back();
        dropped.message = message_hash(source_->name, message_id());
        dropped.reason = *why;
        dropped.destination = destination;
        event_.write(dropped.event);
    }
    return why.has_value();
}

// Notes the current event if it is a semantic one that the destination does not act on because of `cause`. One that it
// lists and that is an ordinary event nevertheless, of a device without a token, is none.
void RequestProcessor::note_inactive(std::size_t destination, InactiveSemanticEvent::Cause cause) {
    using Cause = InactiveSemanticEvent::Cause;
    const auto event = customerio::find_semantic_event(event_, customerio::SemanticEvents().set());
    if (!event) return;
    const auto& listed = source_->destinations[destination].mapping.semantic_events;
    if (listed[static_cast<std::size_t>(*event)] != (cause == Cause::filtered)) return;
    auto& noted = processed_->inactive_semantic_events;
    auto found = std::ranges::find_if(noted, [&](const InactiveSemanticEvent& each) {
        return each.event == *event && each.destination == destination && each.cause == cause;
    });
    if (found == noted.end()) found = noted.insert(found, {*event, destination, cause, 0});
    ++found->count;
}

std::string_view RequestProcessor::message_id() const {
    return customerio::read_identifier(event_["messageId"]).value_or("");
}

// The messageId of an event of a record that has none: the same whenever the record is read. The record's time tells
// apart the records of a topic that was deleted and created anew.
std::string RequestProcessor::record_id() const {
    const auto& [topic, partition, offset, time] = *origin_;
    std::string place = std::to_string(partition) + ' ' + std::to_string(offset) + ' ' + std::to_string(next_);
    if (time) place += ' ' + std::to_string(time->time_since_epoch().count());
    return to_uuid(message_hash(topic, place));
}

// Of an event whose messageId is unknown: its text, or its place in the topic.
std::string RequestProcessor::letter_id(TokenSpan event) const {
    return origin_ ? record_id() : std::string(split_.tokens.text(event));
}

// For events that are not mapped. The mapping counts the others.
void RequestProcessor::count_type(std::string_view type) {
    ++processed_
          ->types[static_cast<std::size_t>(customerio::find_event_type(route_.type.empty() ? type : route_.type))];
}

// The event is written and its message hashed once, for the first destination that takes it.
void RequestProcessor::add_record(std::size_t destination) {
    auto& items = processed_->items;
    Item item;
    item.destination = destination;
    item.event = next_;
    const bool first = record_ == no_record;
    item.message = first ? message_hash(source_->name, message_id()) : items[record_].message;
    const std::string_view event = first ? std::string_view{} : std::string_view(items[record_].record).substr(head_);
    journal::encode_head({source_->name,
                          source_->destinations[destination].name,
                          now_->time,
                          item.message,
                          mapped_.keys,
                          {},
                          {},
                          age_start_},
                         first ? event_.most_bytes() : event.size(), item.record);
    if (first) {
        record_ = items.size();
        head_ = item.record.size();
        event_.write(item.record);
    } else {
        item.record.append(event);
    }
    items.push_back(std::move(item));
}

std::optional<customerio::SemanticEvent> RequestProcessor::semantic_event(std::size_t destination) const {
    return customerio::find_semantic_event(event_, source_->destinations[destination].mapping.semantic_events);
}

void RequestProcessor::add_dead_letter(std::size_t destination, std::string event, std::string_view id, Reason reason,
                                       std::optional<customerio::SemanticEvent> semantic_event) {
    Item item;
    item.destination = destination;
    item.event = next_;
    item.message = message_hash(source_->name, id);
    item.letter = std::make_unique<journal::DeadLetter>();
    auto& letter = *item.letter;
    letter.source = source_->name;
    letter.destination = source_->destinations[destination].name;
    letter.event = std::move(event);
    letter.reason = reason;
    letter.message = customerio::dead_letter_message(semantic_event, sentence(reason));
    if (origin_) {
        letter.message.append("; offset ").append(std::to_string(origin_->offset));
        letter.message.append(" of partition ").append(std::to_string(origin_->partition));
        letter.message.append(" of topic ").append(origin_->topic);
    }
    letter.received = now_->time;
    letter.dead_lettered_at = now_->time;
    processed_->items.push_back(std::move(item));
}

}  // namespace pintle::ingest
