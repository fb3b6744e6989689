#pragma once

#include <string_view>

#include "pintle/json/event.hpp"

namespace pintle::admin {

// True if `user` is the event's user id, email, anonymous id or previous id. `parsed` is overwritten; its buffers are
// reused.
bool is_about(std::string_view event, std::string_view user, json::Event& parsed);

// The same for the event's messageId.
bool has_message_id(std::string_view event, std::string_view message_id, json::Event& parsed);

}  // namespace pintle::admin
