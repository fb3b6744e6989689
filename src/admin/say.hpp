#pragma once

#include <string_view>

#include "pintle/admin/answered.hpp"
#include "pintle/http/server.hpp"

namespace pintle::admin {

// An answer that says what went wrong.
void say(http::Answer& answer, unsigned status, std::string_view message);
inline void say(http::Answer& answer, const Fault& fault) {
    say(answer, fault.status, fault.reason);
}

}  // namespace pintle::admin
