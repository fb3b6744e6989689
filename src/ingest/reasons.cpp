#include "reasons.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "pintle/customerio/errors.hpp"

namespace pintle::ingest {
namespace {

constexpr std::array of_a_request{
    Reason::request_exceeds_memory, Reason::memory_exhausted,    Reason::journal_full,
    Reason::destination_full,       Reason::empty_batch,         Reason::batch_not_an_array,
    Reason::too_many_events,        Reason::expansion_too_large,
};

constexpr std::array without_source{
    Reason::write_key_missing, Reason::invalid_write_key, Reason::no_route,          Reason::method_not_allowed,
    Reason::malformed_request, Reason::request_too_slow,  Reason::request_too_large, Reason::request_exceeds_memory,
    Reason::memory_exhausted,  Reason::server_busy,       Reason::journal_full,      Reason::internal_error,
};

// Why a record of a topic cannot be read as events.
constexpr std::array of_a_record{
    Reason::request_too_large, Reason::request_exceeds_memory, Reason::expansion_too_large, Reason::too_many_events,
    Reason::empty_batch,       Reason::invalid_json,           Reason::nested_too_deep,
};

// For a single event or one of a batch.
stats::ReasonSet of_an_event(const Source& source, const Destination& destination) {
    auto all = customerio::possible_errors(destination.mapping);
    stats::put(all, Reason::event_not_an_object);
    stats::put(all, Reason::event_too_large);
    if (source.types.empty()) return all;
    for (const auto name : customerio::event_types) {
        const auto type = customerio::find_event_type(name);
        if (type == customerio::EventType::other) continue;
        stats::put(all, not_allowed(type),
                   std::ranges::find(source.types, type, customerio::find_event_type) == source.types.end());
    }
    return all;
}

}  // namespace

Reason not_allowed(customerio::EventType type) {
    using customerio::EventType;
    switch (type) {
        case EventType::track: return Reason::track_not_allowed;
        case EventType::identify: return Reason::identify_not_allowed;
        case EventType::page: return Reason::page_not_allowed;
        case EventType::screen: return Reason::screen_not_allowed;
        case EventType::group: return Reason::group_not_allowed;
        case EventType::alias: return Reason::alias_not_allowed;
        case EventType::other: break;
    }
    throw std::logic_error("events of no known type are left to the mapping");
}

Reason reason_of_fault(unsigned status) {
    switch (status) {
        case 408: return Reason::request_too_slow;
        case 413: return Reason::request_too_large;
        case 500: return Reason::internal_error;
        case 503: return Reason::server_busy;
        default: return Reason::malformed_request;
    }
}

stats::ReasonSet possible_rejections(const Source& source) {
    auto all = stats::set_of(of_a_request);
    stats::put(all, Reason::source_rate_exceeded, source.rate > 0);
    for (const Destination& destination : source.destinations) {
        all |= of_an_event(source, destination);
        if (destination.full_queues != nullptr) stats::put(all, Reason::person_queue_full);
    }
    return all;
}

// Invalid JSON fails the whole request; a record has no sender that could be told.
stats::ReasonSet possible_dead_letters(const Source& source, const Destination& destination) {
    auto all = of_an_event(source, destination);
    stats::put(all, Reason::invalid_json, false);
    if (source.reads_topics) all |= stats::set_of(of_a_record);
    return all;
}

stats::ReasonSet possible_rejections_without_source() {
    return stats::set_of(without_source);
}

}  // namespace pintle::ingest
