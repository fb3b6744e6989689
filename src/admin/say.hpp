#pragma once

#include <string_view>

#include "pintle/http/server.hpp"

namespace pintle::admin {

// An answer that says what went wrong.
void say(http::Answer& answer, unsigned status, std::string_view message);

}  // namespace pintle::admin
