#include "mapping/parts.hpp"

#include <chrono>

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

std::optional<std::int64_t> read_event_time(Value event) {
    const auto time = read_seconds(event["timestamp"]);
    return time ? time : read_seconds(event["originalTimestamp"]);
}

}  // namespace

Parts find_parts(Value event) {
    Parts parts;
    parts.root = event;
    parts.traits = event["traits"];
    parts.properties = event["properties"];
    parts.context = event["context"];
    parts.context_traits = object_or_absent(parts.context["traits"]);
    if (const Value external_ids = parts.context["externalId"]; external_ids.is(Kind::array)) {
        parts.external_id = external_ids.first();
    }
    if (is_truthy(parts.context["mappedToDestination"])) parts.mapped_id = Identifier(parts.external_id["id"]);
    parts.anonymous_id = Identifier(event["anonymousId"]);
    parts.time = read_event_time(event);
    return parts;
}

Result<Parts> read_parts(Value event) {
    Parts parts = find_parts(event);
    if (!is_map(parts.traits)) return traits_no_object;
    if (!is_map(parts.properties)) return properties_no_object;
    return parts;
}

std::optional<std::int64_t> read_seconds(Value value) {
    const auto time = read_time(value);
    if (!time) return std::nullopt;
    return std::chrono::floor<std::chrono::seconds>(*time).count();
}

Identifier find_user_id(const Parts& parts) {
    if (parts.mapped_id) return parts.mapped_id;
    if (const Identifier given(parts.root["userId"]); given) return given;
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
