#pragma once

#include <string_view>

#include "pintle/admin/status.hpp"
#include "pintle/http/server/server.hpp"

// A status as JSON.
namespace pintle::admin {

void answer_ready(const Status& status, http::Response& response);

// Of a full status.
void answer_status(const Status& status, bool redact, http::Response& response);
void answer_destinations(const Status& status, http::Response& response);
void answer_cluster(const Status& status, http::Response& response);  // 404 if the journal is not shared

// The destination of that name; 404 where there is none.
void answer_destination(const Status& status, std::string_view name, http::Response& response);

}  // namespace pintle::admin
