#pragma once

#include "pintle/admin/admin.hpp"

namespace pintle::admin {

// 200 with what has changed and what has not; 422 with the problems.
void answer_reload(const Reloaded& reloaded, http::Answer& answer);

}  // namespace pintle::admin
