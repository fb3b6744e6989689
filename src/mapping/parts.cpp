#include "mapping/parts.hpp"

#include <chrono>

#include "mapping/members.hpp"

namespace pintle::mapping {
namespace {

// PHP writes an empty map as an empty array.
bool is_map(Value value) {
    switch (value.kind()) {
        case Kind::absent:
        case Kind::null:
        case Kind::object: return true;
        case Kind::array: return !value.first();
        default: return false;
    }
}

Value object_or_absent(Value value) {
    return value.is(Kind::object) ? value : Value();
}

const Members of_event("type", "event", "userId", "messageId", "traits", "properties", "context", "anonymousId",
                       "timestamp", "originalTimestamp");
const Members of_context("traits", "externalId", "mappedToDestination");

}  // namespace

Parts find_parts(Value event) {
    const auto [type, name, user_id, message_id, traits, properties, context, anonymous_id, timestamp, original] =
        of_event.of(event);
    const auto [context_traits, external_ids, mapped] = of_context.of(context);
    Parts parts{.root = event,
                .type = type,
                .event = name,
                .user_id = user_id,
                .message_id = message_id,
                .traits = traits,
                .properties = properties,
                .context = context,
                .context_traits = object_or_absent(context_traits),
                .external_id = external_ids.is(Kind::array) ? external_ids.first() : Value(),
                .mapped_id = {},
                .anonymous_id = Identifier(anonymous_id),
                .time = read_seconds(timestamp)};
    if (is_truthy(mapped)) parts.mapped_id = Identifier(parts.external_id["id"]);
    if (!parts.time) parts.time = read_seconds(original);
    return parts;
}

Result<Parts> read_parts(Value event) {
    Parts parts = find_parts(event);
    if (!is_map(parts.traits)) return Reason::traits_not_an_object;
    if (!is_map(parts.properties)) return Reason::properties_not_an_object;
    return parts;
}

std::optional<std::int64_t> read_seconds(Value value) {
    const auto time = read_time(value);
    if (!time) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*time).count();
}

Identifier find_user_id(const Parts& parts) {
    if (parts.mapped_id) return parts.mapped_id;
    if (const Identifier given(parts.user_id); given) return given;
    return first_identifier(parts.traits["userId"], parts.traits["id"], parts.context_traits["userId"],
                            parts.context_traits["id"]);
}

Identifier find_email(const Parts& parts) {
    return first_identifier(parts.traits["email"], parts.context_traits["email"], parts.properties["email"],
                            parts.external_id["id"]);
}

Identifier find_person(const Parts& parts) {
    const Identifier user_id = find_user_id(parts);
    return user_id ? user_id : find_email(parts);
}

}  // namespace pintle::mapping
