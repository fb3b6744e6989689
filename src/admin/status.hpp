#pragma once

#include "pintle/admin/admin.hpp"

namespace pintle::admin {

void answer_ready(const View& view, http::Answer& answer);
void answer_status(const View& view, http::Answer& answer);

}  // namespace pintle::admin
