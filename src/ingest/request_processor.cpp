#include "request_processor.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/journal/record.hpp"
#include "reasons.hpp"
#include "write_key.hpp"

namespace pintle::ingest {
namespace {

using json::TokenSpan;
using json::Value;

// What an event takes beside its text and what is stamped on it: the record or the dead letter around it.
constexpr std::size_t around_event = 512;

// Of an event that is too large to be read: what is looked at all the same.
constexpr std::array<std::string_view, 4> reduced{"type", "messageId", "integrations", "context"};

constexpr std::uint8_t bit_of(customerio::EventType type) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(type));
}

// A type that is none is left to the mapping, which knows what to say.
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
        mappers_.emplace_back(source.mapping);
        forbidden_.push_back(forbidden_types(source));
    }
}

Result<void> RequestProcessor::open(std::string& body, const Route& route) {
    body_ = body.size();
    return splitter_.begin(body, route.form, parts_);
}

std::size_t RequestProcessor::working_bytes(std::size_t body) const noexcept {
    constexpr std::size_t tokens = 4;  // of a byte
    constexpr std::size_t nodes = sizeof(json::Node) / 2;
    return body * (tokens + 1) + std::min(body, options_.max_event) * nodes;
}

std::size_t RequestProcessor::expanded_bytes() const noexcept {
    std::size_t each = around_event + max_enrichment_bytes;
    for (const auto& shared : {parts_.sent_at, parts_.context}) {
        if (shared) each += parts_.tokens.text(*shared).size();
    }
    return body_ + parts_.events.size() * each;
}

std::string RequestProcessor::body_key() {
    auto found = parts_.write_key;
    if (!parts_.enveloped && parts_.events.size() == 1) {
        found = find_member(parts_.tokens, parts_.events.front(), "writeKey");
    }
    if (!found || parts_.tokens.text(*found).size() > options_.max_event) return {};
    text_.assign(R"({"writeKey":)").append(parts_.tokens.text(*found)).append("}");
    return event_.parse(text_) ? std::string(event_["writeKey"].text()) : std::string{};
}

void RequestProcessor::begin(const Source& source, const Route& route, WallTime now, ProcessedRequest& taken,
                             WallTime age_start) {
    source_ = &source;
    age_start_ = age_start;
    route_ = route;
    now_.emplace(now);
    taken_ = &taken;
    next_ = 0;
    checking_ = false;
    taken.events = parts_.events.size();
    taken.items.reserve(parts_.events.size());
    if (!parts_.enveloped) return;
    const auto& tokens = parts_.tokens;
    const std::string_view sent_at = parts_.sent_at ? tokens.text(*parts_.sent_at) : std::string_view{};
    const std::size_t context = parts_.context ? tokens.text(*parts_.context).size() : 0;
    if (context > options_.max_event) {
        defaults_.set_large(sent_at, tokens.first(parts_.context->begin) == '{' ? context : 0);
    } else {
        defaults_.set(sent_at, context > 0 && context_.read(tokens, *parts_.context) ? context_.root() : Value());
    }
}

Outcome<Progress> RequestProcessor::take(Slice& slice) {
    for (; next_ < parts_.events.size(); ++next_) {
        if (slice.is_spent()) return Progress::more;
        const TokenSpan event = parts_.events[next_];
        if (!checking_ && !needs_check(event)) {
            slice.spend(parts_.tokens.text(event).size() + Slice::per_event);
            if (auto outcome = take_event(event); !outcome) return outcome.error();
            continue;
        }
        if (!std::exchange(checking_, true)) {
            if (auto outcome = begin_check(event); !outcome) return outcome.error();
        }
        const auto progress = check(event, slice);
        if (!progress || *progress == Progress::more) return progress;
        checking_ = false;
    }
    return Progress::done;
}

// What is no object, or too large to be read: that takes memory.
bool RequestProcessor::needs_check(TokenSpan event) const {
    return parts_.tokens.first(event.begin) != '{' || parts_.tokens.text(event).size() > options_.max_event;
}

Outcome<void> RequestProcessor::begin_check(TokenSpan event) {
    const bool is_object = parts_.tokens.first(event.begin) == '{';
    if (is_object && !parts_.batch) {
        const auto type = find_member(parts_.tokens, event, "type");
        const std::string_view text = type ? parts_.tokens.text(*type) : std::string_view{};
        count_type(text.size() > 2 ? text.substr(1, text.size() - 2) : std::string_view{});
        return Rejection{413, Reason::event_too_large};
    }
    validator_.begin(parts_.tokens, event.begin, is_object ? max_json_depth : max_json_depth - 1, reduced);
    return {};
}

// One event that is no object is told apart from one that is no JSON: the first spoils only itself.
Outcome<Progress> RequestProcessor::check(TokenSpan event, Slice& slice) {
    using DeliveryResult = json::Validator::Outcome;
    const std::size_t before = validator_.end();
    const DeliveryResult result = validator_.check(slice.left());
    slice.spend(validator_.end() - before + Slice::per_event);
    if (result == DeliveryResult::more) return Progress::more;
    Outcome<void> outcome;
    if (result == DeliveryResult::too_deep) {
        outcome = reject(event, 400, Reason::nested_too_deep);
    } else if (result == DeliveryResult::invalid || validator_.end() != event.end) {
        return Rejection{400, Reason::invalid_json};
    } else if (parts_.tokens.first(event.begin) != '{') {
        outcome = reject(event, 400, Reason::event_not_an_object);
    } else {
        read_reduced();
        reject_large(event);
    }
    if (!outcome) return outcome.error();
    return Progress::done;
}

Outcome<void> RequestProcessor::take_event(TokenSpan span) {
    if (auto parsed = event_.read(parts_.tokens, span); !parsed) {
        const auto reason = parsed.error();
        if (reason == Reason::invalid_json) return Rejection{400, reason};
        return reject(span, 400, reason);
    }
    if (parts_.enveloped) {
        if (parts_.tokens.text(span).size() + defaults_.bytes_for(event_) > options_.max_event) {
            reject_large(span);
            return {};
        }
        defaults_.apply(event_);
    }
    enrich(event_, route_.type, *now_, customerio::read_identifier(event_["messageId"]) ? std::string{} : make_uuid());
    if (drop_if_opted_out(consent())) return {};

    if (const auto forbidden = forbidden_type()) return reject_stamped(403, *forbidden);
    auto& mapper = mappers_[static_cast<std::size_t>(source_ - options_.sources.data())];
    if (auto mapped = mapper.validate(event_, mapped_); !mapped) return reject_stamped(400, mapped.error());
    ++taken_->types[static_cast<std::size_t>(mapped_.type)];
    if (source_->full_queues != nullptr && source_->full_queues->refuse(mapped_.keys)) {
        return Rejection{429, Reason::person_queue_full};  // of a batch all, as a dead letter would lose its place
    }
    taken_->items.push_back(record(mapped_.keys));
    return {};
}

// Why the source may not send the stamped event.
std::optional<Reason> RequestProcessor::forbidden_type() const {
    const auto forbidden = forbidden_[static_cast<std::size_t>(source_ - options_.sources.data())];
    if (forbidden == 0) return std::nullopt;
    const auto type = customerio::find_event_type(event_["type"].text());
    if ((forbidden & bit_of(type)) == 0) return std::nullopt;
    return not_allowed(type);
}

Outcome<void> RequestProcessor::reject_stamped(unsigned status, Reason reason) {
    count_type(event_["type"].text());
    if (!parts_.batch) return Rejection{status, reason};
    std::string text;
    event_.write(text);
    taken_->items.push_back(dead_letter(std::move(text), message_id(), reason));
    return {};
}

Outcome<void> RequestProcessor::reject(TokenSpan event, unsigned status, Reason reason) {
    if (!parts_.batch) return Rejection{status, reason};
    taken_->items.push_back(dead_letter(without_write_key(parts_.tokens, event), parts_.tokens.text(event), reason));
    return {};
}

// Of a batch, and read at least as far as `read_reduced` does. The letter has the sender's own event: what the batch
// says of it may be many times as large.
void RequestProcessor::reject_large(TokenSpan event) {
    if (drop_if_opted_out(
            source_->consent_categories.empty() ? Value() : defaults_.context_member(event_, "consentManagement"))) {
        return;
    }
    count_type(event_["type"].text());
    const std::string_view id = message_id();
    taken_->items.push_back(dead_letter(without_write_key(parts_.tokens, event),
                                        id.empty() ? parts_.tokens.text(event) : id, Reason::event_too_large));
}

// Of the large event that the validator has just found to be valid, what decides over it.
void RequestProcessor::read_reduced() {
    text_.assign(1, '{');
    for (std::size_t i = 0; i < reduced.size(); ++i) {
        const auto value = validator_.member(i);
        if (!value || parts_.tokens.text(*value).size() > options_.max_event) continue;
        if (text_.size() > 1) text_ += ',';
        text_ += '"';
        text_ += reduced[i];
        text_ += "\":";
        text_ += parts_.tokens.text(*value);
    }
    text_ += '}';
    if (!event_.parse(text_)) throw std::logic_error("a part of a valid event is invalid");
}

// As it is with the batch's context.
Value RequestProcessor::consent() const {
    return source_->consent_categories.empty() ? Value() : event_["context"]["consentManagement"];
}

bool RequestProcessor::drop_if_opted_out(Value consent) {
    const OptOut why = opted_out(event_["integrations"], consent, source_->consent_categories);
    if (why == OptOut::none) return false;
    const bool disabled = why == OptOut::integration_disabled;
    ++(disabled ? taken_->integration_disabled : taken_->consent_denied);
    count_type(event_["type"].text());
    if (!taken_->watched) return true;
    auto& dropped = taken_->dropped.emplace_back();
    dropped.message = message_hash(source_->name, message_id());
    dropped.reason = disabled ? Reason::integration_disabled : Reason::consent_denied;
    event_.write(dropped.event);
    return true;
}

std::string_view RequestProcessor::message_id() const {
    return customerio::read_identifier(event_["messageId"]).value_or("");
}

// Of an event that was not mapped, which would have told it.
void RequestProcessor::count_type(std::string_view type) {
    ++taken_->types[static_cast<std::size_t>(customerio::find_event_type(route_.type.empty() ? type : route_.type))];
}

Item RequestProcessor::record(const OrderingKeys& keys) {
    Item item;
    item.message = message_hash(source_->name, message_id());
    journal::encode_head({source_->name, source_->destination, now_->time, item.message, keys, {}, {}, age_start_},
                         event_.most_bytes(), item.record);
    event_.write(item.record);
    return item;
}

Item RequestProcessor::dead_letter(std::string event, std::string_view id, Reason reason) {
    Item item;
    item.message = message_hash(source_->name, id);
    item.letter = std::make_unique<journal::DeadLetter>();
    auto& letter = *item.letter;
    letter.source = source_->name;
    letter.destination = source_->destination;
    letter.event = std::move(event);
    letter.reason = reason;
    letter.message = sentence(reason);
    letter.received = now_->time;
    letter.died = now_->time;
    return item;
}

}  // namespace pintle::ingest
