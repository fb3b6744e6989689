#pragma once

#include <string_view>

#include "pintle/mapping/event.hpp"

namespace pintle::app {

// Whether the event is about them: by user id, email or anonymous id. `parsed` is overwritten; its buffers are reused.
bool is_about(std::string_view event, std::string_view user, mapping::Event& parsed);

}  // namespace pintle::app
