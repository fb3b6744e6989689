#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pintle/customerio/mapper.hpp"
#include "pintle/json/event.hpp"

// What people are told of semantic events.
namespace pintle::customerio {

constexpr std::string_view name_of(SemanticEvent event) {
    return semantic_event_names[static_cast<std::size_t>(event)];
}

// Whether it deletes something at Customer.io, or suppresses a person or ends that. The log has each delivery.
constexpr bool deletes_or_suppresses(SemanticEvent event) {
    return event != SemanticEvent::device_created_or_updated;
}

// The semantic event that `event` is, if it is one of `acted_on`. Also for events that cannot be mapped.
std::optional<SemanticEvent> find_semantic_event(const json::Event& event, SemanticEvents acted_on);

// A dead letter's message, which begins with what a semantic event has not done: "the person was not deleted: ...".
std::string dead_letter_message(std::optional<SemanticEvent> event, std::string_view message);

// That beginning of a dead letter's message, with the colon and the space; empty if it has none.
std::string_view not_done_part(std::string_view message);

}  // namespace pintle::customerio
