#pragma once

#include <cstdint>
#include <optional>

#include "identifier.hpp"
#include "pintle/base/result.hpp"
#include "pintle/json/event.hpp"

namespace pintle::customerio {

// The parts of an event that the rules of all types look into. Absent parts read as empty.
struct EventFields {
    json::Value root;
    json::Value type;
    json::Value event;  // the name of what happened
    json::Value user_id;
    json::Value message_id;
    json::Value traits;
    json::Value properties;
    json::Value context;
    json::Value context_traits;
    json::Value external_id;  // the first of context.externalId
    Identifier mapped_id;     // of a warehouse source, which names the person by the destination's own identifier
    Identifier anonymous_id;
    std::optional<std::int64_t> time;  // seconds since the epoch
};

// All that can be found, whatever the event is like.
EventFields find_fields(json::Value event);

// As `find_fields`, where traits and properties are what they have to be.
Result<EventFields> read_fields(json::Value event);

std::optional<std::int64_t> read_seconds(json::Value value);

Identifier find_user_id(const EventFields& fields);
Identifier find_email(const EventFields& fields);

// The user id as Customer.io is told it.
PersonId find_user(const EventFields& fields, const Options& options);

// User id, else email.
PersonId find_person(const EventFields& fields, const Options& options);

}  // namespace pintle::customerio
