#pragma once

#include "pintle/base/reason.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::ingest {

// Why a source may not send events of that type, which is one of the six known ones.
Reason not_allowed(customerio::EventType type);

// Why the HTTP server rejected a request by itself, by its answer's status.
Reason reason_of_fault(unsigned status);

// For what requests of that source, or of none, can be rejected, and their events dead-lettered.
stats::ReasonSet possible_rejections(const Source& source);
stats::ReasonSet possible_dead_letters(const Source& source);
stats::ReasonSet possible_rejections_without_source();

}  // namespace pintle::ingest
