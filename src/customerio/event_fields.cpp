#include "event_fields.hpp"

#include <chrono>

#include "pintle/base/result.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/member_lookup.hpp"

namespace pintle::customerio {
namespace {

// PHP writes an empty map as an empty array.
bool is_map(json::Value value) {
    switch (value.kind()) {
        case json::Kind::absent:
        case json::Kind::null:
        case json::Kind::object: return true;
        case json::Kind::array: return !value.first();
        default: return false;
    }
}

json::Value object_or_absent(json::Value value) {
    return value.is(json::Kind::object) ? value : json::Value();
}

const json::MemberLookup of_event("type", "event", "userId", "messageId", "traits", "properties", "context",
                                  "anonymousId", "timestamp", "originalTimestamp");
const json::MemberLookup of_context("traits", "externalId", "mappedToDestination");

}  // namespace

EventFields find_fields(json::Value event) {
    const auto [type, name, user_id, message_id, traits, properties, context, anonymous_id, timestamp, original] =
        of_event.of(event);
    const auto [context_traits, external_ids, mapped] = of_context.of(context);
    EventFields fields{.root = event,
                       .type = type,
                       .event = name,
                       .user_id = user_id,
                       .message_id = message_id,
                       .traits = traits,
                       .properties = properties,
                       .context = context,
                       .context_traits = object_or_absent(context_traits),
                       .external_id = external_ids.is(json::Kind::array) ? external_ids.first() : json::Value(),
                       .mapped_id = {},
                       .anonymous_id = Identifier(anonymous_id),
                       .time = read_seconds(timestamp)};
    if (is_truthy(mapped)) fields.mapped_id = Identifier(fields.external_id["id"]);
    if (!fields.time) fields.time = read_seconds(original);
    return fields;
}

Result<EventFields> read_fields(json::Value event) {
    EventFields fields = find_fields(event);
    if (!is_map(fields.traits)) return Reason::traits_not_an_object;
    if (!is_map(fields.properties)) return Reason::properties_not_an_object;
    return fields;
}

std::optional<std::int64_t> read_seconds(json::Value value) {
    const auto time = read_time(value);
    if (!time) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*time).count();
}

Identifier find_user_id(const EventFields& fields) {
    if (fields.mapped_id) return fields.mapped_id;
    if (const Identifier given(fields.user_id); given) return given;
    return first_identifier(fields.traits["userId"], fields.traits["id"], fields.context_traits["userId"],
                            fields.context_traits["id"]);
}

Identifier find_email(const EventFields& fields) {
    return first_identifier(fields.traits["email"], fields.context_traits["email"], fields.properties["email"],
                            fields.external_id["id"]);
}

PersonId find_user(const EventFields& fields, const Options& options) {
    return PersonId(find_user_id(fields), options.user_id_type);
}

PersonId find_person(const EventFields& fields, const Options& options) {
    const PersonId user = find_user(fields, options);
    return user ? user : PersonId(find_email(fields));
}

}  // namespace pintle::customerio
