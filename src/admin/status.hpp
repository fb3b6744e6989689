#pragma once

#include "pintle/admin/admin.hpp"

namespace pintle::admin {

void answer_ready(const View& view, http::Response& answer);

// Of a survey.
void answer_status(const View& view, bool redact, http::Response& answer);
void answer_destinations(const View& view, http::Response& answer);

// The destination of that name; 404 where there is none.
void answer_destination(const View& view, std::string_view name, http::Response& answer);

}  // namespace pintle::admin
