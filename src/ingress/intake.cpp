#include "ingress/intake.hpp"

#include "ingress/refusals.hpp"
#include "pintle/record/record.hpp"

namespace pintle::ingress {
namespace {

bool is_invalid_json(const mapping::Refusal& refusal) {
    return refusal.reason == mapping::invalid_json.reason;
}

constexpr std::uint8_t bit_of(mapping::EventType type) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(type));
}

// A type that is none is left to the mapping, which knows what to say.
std::uint8_t forbidden_types(const Source& source) {
    if (source.types.empty()) return 0;
    unsigned allowed = bit_of(mapping::EventType::other);
    for (const auto& type : source.types) allowed |= bit_of(mapping::find_event_type(type));
    return static_cast<std::uint8_t>(~allowed);
}

}  // namespace

Intake::Intake(const Options& options) : options_(options) {
    for (const Source& source : options.sources) {
        mappers_.emplace_back(source.mapping);
        forbidden_.push_back(forbidden_types(source));
    }
}

mapping::Result<void> Intake::open(std::string& body, const Route& route) {
    return splitter_.split(body, route.form, parts_, envelope_);
}

std::string Intake::body_key() {
    if (parts_.enveloped) return std::string(envelope_["writeKey"].text());
    if (parts_.events.size() != 1 || !event_.read(parts_.tokens, parts_.events.front())) return {};
    return std::string(event_["writeKey"].text());
}

boost::system::result<void, Rejection> Intake::take(const Source& source, const Route& route, WallTime now,
                                                    Taken& taken, WallTime age_start) {
    age_start_ = age_start;
    taken.events = parts_.events.size();
    taken.items.reserve(parts_.events.size());
    const Moment moment(now);
    for (const mapping::TokenSpan event : parts_.events) {
        if (auto outcome = take_event(event, source, route, moment, taken); !outcome) return outcome;
    }
    return {};
}

// One event that is no object is told apart from one that is no JSON: the first spoils only itself.
mapping::Result<void> Intake::parse(mapping::TokenSpan span) {
    if (parts_.tokens.first(span.begin) == '{') return event_.read(parts_.tokens, span);
    text_.assign(R"({"event":)").append(parts_.tokens.text(span)).append("}");
    if (auto wrapped = event_.parse(text_); !wrapped) return wrapped;
    return not_an_object;
}

boost::system::result<void, Rejection> Intake::take_event(mapping::TokenSpan span, const Source& source,
                                                          const Route& route, const Moment& now, Taken& taken) {
    const std::string_view text = parts_.tokens.text(span);
    const auto refuse = [&](std::string_view event, std::string_view id, unsigned status,
                            std::string_view reason) -> boost::system::result<void, Rejection> {
        if (!parts_.batch) return Rejection{status, reason};
        taken.items.push_back(dead_letter(source, event, id, reason, now.time));
        return {};
    };

    if (auto parsed = parse(span); !parsed) {
        const auto reason = parsed.error().reason;
        if (is_invalid_json(parsed.error())) return Rejection{400, reason};
        return refuse(text, text, 400, reason);
    }
    const bool large = text.size() > options_.max_event;
    if (large && !parts_.batch) {
        count_type(route, taken);
        return Rejection{413, event_too_large.reason};
    }

    const bool has_id = mapping::read_identifier(event_["messageId"]).has_value();
    stamp(event_, route.type, parts_.enveloped ? envelope_.root() : mapping::Value{}, now,
          has_id ? std::string{} : make_uuid());
    if (const auto why = opted_out(event_, source.consent_categories); why != OptOut::none) {
        drop(why, source, route, taken);
        return {};
    }

    if (large) {
        count_type(route, taken);
        text_.clear();
        event_.write(text_);
        return refuse(text_, text, 413, event_too_large.reason);
    }
    if (const auto forbidden = forbidden_type(source)) {
        count_type(route, taken);
        text_.clear();
        event_.write(text_);
        return refuse(text_, mapping::read_identifier(event_["messageId"]).value_or(""), 403, *forbidden);
    }
    auto& mapper = mappers_[static_cast<std::size_t>(&source - options_.sources.data())];
    if (auto mapped = mapper.check(event_, mapped_); !mapped) {
        count_type(route, taken);
        text_.clear();
        event_.write(text_);
        return refuse(text_, mapping::read_identifier(event_["messageId"]).value_or(""), 400, mapped.error().reason);
    }
    ++taken.types[static_cast<std::size_t>(mapped_.type)];
    if (source.full_queues != nullptr && source.full_queues->refuse(mapped_.keys)) {
        return Rejection{429, too_many_pending};  // of a batch all, as a dead letter would lose its place
    }
    taken.items.push_back(record(source, mapped_.keys, now.time));
    return {};
}

// Why the source may not send the stamped event.
std::optional<std::string_view> Intake::forbidden_type(const Source& source) const {
    const auto forbidden = forbidden_[static_cast<std::size_t>(&source - options_.sources.data())];
    if (forbidden == 0) return std::nullopt;
    const auto type = mapping::find_event_type(event_["type"].text());
    if ((forbidden & bit_of(type)) == 0) return std::nullopt;
    return type_not_allowed.at(static_cast<std::size_t>(type));
}

void Intake::drop(OptOut why, const Source& source, const Route& route, Taken& taken) {
    const bool disabled = why == OptOut::integration_disabled;
    ++(disabled ? taken.integration_disabled : taken.consent_denied);
    count_type(route, taken);
    if (!taken.watched) return;
    auto& dropped = taken.dropped.emplace_back();
    dropped.message = message_hash(source.name, mapping::read_identifier(event_["messageId"]).value_or(""));
    dropped.reason = (disabled ? integration_disabled : consent_denied).reason;
    event_.write(dropped.event);
}

// Of an event that was not mapped, which would have told it.
void Intake::count_type(const Route& route, Taken& taken) const {
    const auto type = mapping::find_event_type(route.type.empty() ? event_["type"].text() : route.type);
    ++taken.types[static_cast<std::size_t>(type)];
}

Item Intake::record(const Source& source, const mapping::Keys& keys, WallTime now) {
    Item item;
    item.message = message_hash(source.name, mapping::read_identifier(event_["messageId"]).value_or(""));
    record::encode_head({source.name, source.destination, now, item.message, keys, {}, {}, age_start_},
                        event_.most_bytes(), item.record);
    event_.write(item.record);
    return item;
}

Item Intake::dead_letter(const Source& source, std::string_view event, std::string_view id, std::string_view reason,
                         WallTime now) {
    Item item;
    item.message = message_hash(source.name, id);
    item.reason = reason;
    item.letter = std::make_unique<journal::DeadLetter>();
    auto& letter = *item.letter;
    letter.source = source.name;
    letter.destination = source.destination;
    letter.event = event;
    letter.reason = reason;
    letter.received = now;
    letter.died = now;
    return item;
}

}  // namespace pintle::ingress
