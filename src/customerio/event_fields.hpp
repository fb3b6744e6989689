#pragma once

#include <cstdint>
#include <optional>

#include "identifier.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

// The fields of an event that the rules of all types use. Absent ones read as empty.
struct EventFields {
    json::Value root;
    json::Value type;
    json::Value event;  // the name of the event
    json::Value user_id;
    json::Value message_id;
    json::Value traits;
    json::Value properties;
    json::Value context;
    json::Value context_traits;
    json::Value external_id;  // the first of context.externalId
    Identifier mapped_id;     // of a warehouse source, which uses the destination's identifier
    Identifier anonymous_id;
    std::optional<std::int64_t> time;  // seconds since the epoch
};

// Finds the fields, also in an invalid event.
EventFields find_fields(json::Value event);

// As `find_fields`, but fails if traits or properties have the wrong type.
Result<EventFields> read_fields(json::Value event);

std::optional<std::int64_t> read_seconds(json::Value value);

Identifier find_user_id(const EventFields& fields);
Identifier find_email(const EventFields& fields);

// The user id as it is sent to Customer.io.
PersonId find_user(const EventFields& fields, const Options& options);

// User id, else email.
PersonId find_person(const EventFields& fields, const Options& options);

}  // namespace pintle::customerio
