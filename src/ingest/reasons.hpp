#pragma once

#include "pintle/base/reason.hpp"
#include "pintle/count/reasons.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/mapping/mapper.hpp"

namespace pintle::ingest {

// Why a source may not send events of that type, which is one of the six known ones.
Reason not_allowed(mapping::EventType type);

// Why the HTTP server rejected a request by itself, by its answer's status.
Reason reason_of_fault(unsigned status);

// For what requests of that source, or of none, can be rejected, and their events dead-lettered.
count::ReasonSet possible_rejections(const Source& source);
count::ReasonSet possible_dead_letters(const Source& source);
count::ReasonSet possible_rejections_without_source();

}  // namespace pintle::ingest
