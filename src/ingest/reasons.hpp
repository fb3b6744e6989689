#pragma once

#include "pintle/base/reason.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::ingest {

// The reason for an event type that the source may not send.
Reason not_allowed(customerio::EventType type);

// The reason for a status with which the HTTP server itself rejected a request.
Reason reason_of_fault(unsigned status);

// The reasons that can occur for requests of the source, for its events at one of its destinations, or without a
// source.
stats::ReasonSet possible_rejections(const Source& source);
stats::ReasonSet possible_dead_letters(const Source& source, const Destination& destination);
stats::ReasonSet possible_rejections_without_source();

}  // namespace pintle::ingest
