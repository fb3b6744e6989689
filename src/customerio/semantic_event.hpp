#pragma once

#include <optional>
#include <string_view>

#include "mapped_call.hpp"
#include "pintle/customerio/semantic_event.hpp"

namespace pintle::customerio {

// The event of that name, if it is one of `acted_on`.
std::optional<SemanticEvent> find_among(SemanticEvents acted_on, std::string_view name);
inline std::optional<SemanticEvent> find_semantic_event(std::string_view name, SemanticEvents acted_on) {
    return acted_on.none() ? std::nullopt : find_among(acted_on, name);
}

// Such an event registers or removes a device, as the events of an application do.
inline bool is_about_device(SemanticEvent event) {
    return event == SemanticEvent::device_created_or_updated || event == SemanticEvent::device_deleted;
}

// For the events that are not about a device.
Result<MappedCall> read_semantic_event(SemanticEvent event, const EventFields& fields, const Options& options);

}  // namespace pintle::customerio
