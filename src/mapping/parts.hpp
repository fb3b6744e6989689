#pragma once

#include <cstdint>
#include <optional>

#include "mapping/identifier.hpp"
#include "pintle/mapping/event.hpp"

namespace pintle::mapping {

// The parts of an event that the rules of all types look into. Absent parts read as empty.
struct Parts {
    Value root;
    Value type;
    Value event;  // the name of what happened
    Value user_id;
    Value message_id;
    Value traits;
    Value properties;
    Value context;
    Value context_traits;
    Value external_id;     // the first of context.externalId
    Identifier mapped_id;  // of a warehouse source, which names the person by the destination's own identifier
    Identifier anonymous_id;
    std::optional<std::int64_t> time;  // seconds since the epoch
};

// All that can be found, whatever the event is like.
Parts find_parts(Value event);

// As `find_parts`, where traits and properties are what they have to be.
Result<Parts> read_parts(Value event);

std::optional<std::int64_t> read_seconds(Value value);

Identifier find_user_id(const Parts& parts);
Identifier find_email(const Parts& parts);

// User id, else email.
Identifier find_person(const Parts& parts);

}  // namespace pintle::mapping
