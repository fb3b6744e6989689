#pragma once

#include <string>

#include "pintle/admin/waiting.hpp"
#include "pintle/live/feed.hpp"

namespace pintle::admin {

// What happened to an event, as JSON text in one line. `redact`: without its values.
std::string to_json(const live::Happening& happening, bool redact);

// An event that waits, the same way.
std::string to_json(const Waiting::Event& event, bool redact);

}  // namespace pintle::admin
