#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "ingest/auth.hpp"
#include "ingest/split.hpp"
#include "pintle/mapping/event.hpp"
#include "pintle/mapping/mapper.hpp"
#include "pintle/mapping/refusals.hpp"

// Why an event is not taken before it is even mapped.
namespace pintle::ingest {

inline constexpr mapping::Refusal not_an_object{"an event must be a JSON object"};
inline constexpr mapping::Refusal event_too_large{"event is larger than ingest.max_event"};
inline constexpr mapping::Refusal expanded_too_large{
    "request size exceeds max limit: its events together are larger than ingest.max_expanded"};

// Why a request is not.
inline constexpr std::string_view no_route = "no such route";
inline constexpr std::string_view wrong_method = "method not allowed";
inline constexpr std::string_view too_many_pending = "too many events of this person wait for delivery";
inline constexpr std::string_view larger_than_memory =
    "request size exceeds max limit: it needs more than ingest.memory";
inline constexpr std::string_view out_of_memory = "too many large requests at a time";
inline constexpr std::string_view overloaded = "the journal takes nothing now, try again";
inline constexpr std::string_view destination_full = "the destination's share of the journal is full, try again";
inline constexpr std::string_view rate_exceeded = "the source sends more events than its rate allows, try again later";

// Why an event of that type is not, of a source that may send others only.
inline constexpr std::array<std::string_view, mapping::event_types.size()> type_not_allowed{
    "this write key may not send track events", "this write key may not send identify events",
    "this write key may not send page events",  "this write key may not send screen events",
    "this write key may not send group events", "this write key may not send alias events",
    "this write key may not send other events"};

// Why an event goes no further although nothing is wrong with it.
inline constexpr mapping::Refusal integration_disabled{"the event's integrations are against Customer.io"};
inline constexpr mapping::Refusal consent_denied{"the person denied the consent that the destination needs"};
inline constexpr mapping::Refusal repeated{"its messageId came before, within ingest.dedupe_window"};

// Why the server does not even hand one over.
inline constexpr std::string_view too_slow = "too slow";
inline constexpr std::string_view too_large = "request size exceeds max limit";
inline constexpr std::string_view too_many = "too many connections or large requests at a time";
inline constexpr std::string_view internal = "internal error";
inline constexpr std::string_view malformed = "malformed request";

// By its answer's status.
constexpr std::string_view fault_reason(unsigned status) {
    switch (status) {
        case 408: return too_slow;
        case 413: return too_large;
        case 500: return internal;
        case 503: return too_many;
        default: return malformed;
    }
}

// All of them, with mapping's: what refusals are counted by.
inline constexpr auto reasons = [] {
    constexpr std::array own{missing_key,
                             invalid_key,
                             no_route,
                             wrong_method,
                             overloaded,
                             destination_full,
                             rate_exceeded,
                             too_many_pending,
                             too_slow,
                             too_large,
                             too_many,
                             internal,
                             malformed,
                             empty_batch.reason,
                             batch_not_array.reason,
                             not_an_object.reason,
                             event_too_large.reason,
                             too_many_events.reason,
                             expanded_too_large.reason,
                             larger_than_memory,
                             out_of_memory};
    std::array<std::string_view, own.size() + type_not_allowed.size() + mapping::refusals.size()> all;
    auto* const rest = std::ranges::copy(own, all.begin()).out;
    std::ranges::copy(mapping::refusals, std::ranges::copy(type_not_allowed, rest).out);
    return all;
}();

}  // namespace pintle::ingest
