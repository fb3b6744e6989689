#pragma once

#include "pintle/mapping/event.hpp"

// Why an event is not taken before it is even mapped.
namespace pintle::ingress {

inline constexpr mapping::Refusal not_an_object{"an event must be a JSON object"};
inline constexpr mapping::Refusal event_too_large{"event is larger than ingress.max_event"};

}  // namespace pintle::ingress
