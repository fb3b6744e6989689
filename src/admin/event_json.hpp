#pragma once

#include <string>

#include "pintle/admin/backlog.hpp"
#include "pintle/events/event_stream.hpp"

namespace pintle::admin {

// An event record as JSON text in one line. `redact` hides its values.
std::string to_json(const events::EventRecord& record, bool redact);

// Appends a server-sent event. Neither part may contain a line break.
void append_frame(std::string_view name, std::string_view data, std::string& out);

}  // namespace pintle::admin
