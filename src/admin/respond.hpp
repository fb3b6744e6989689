#pragma once

#include <string_view>

#include "pintle/admin/result.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// An answer that says what went wrong.
void say(http::Response& answer, unsigned status, std::string_view message);
inline void say(http::Response& answer, const Fault& fault) {
    say(answer, fault.status, fault.reason);
}

}  // namespace pintle::admin
