#pragma once

#include <optional>
#include <string_view>

#include "pintle/admin/status.hpp"
#include "pintle/config/config.hpp"
#include "pintle/http/server/server.hpp"

// A status as JSON.
namespace pintle::admin {

void answer_ready(const Status& status, http::Response& response);

// Of a full status. `role`: of the token that asks.
void answer_status(const Status& status, bool redact, config::AdminRole role, http::Response& response);
void answer_destinations(const Status& status, http::Response& response);
void answer_cluster(const Status& status, http::Response& response);  // 404 if the journal is not shared

// The destination of that name; 404 where there is none.
void answer_destination(const Status& status, std::string_view name, http::Response& response);

// The same, with what a pause by an operator or a resume has changed. `before`: the operator's pause that there was.
void answer_paused(const Status& status, std::string_view name, const std::optional<PauseStatus>& before,
                   http::Response& response);
void answer_resumed(const Status& status, std::string_view name, const std::optional<PauseStatus>& before,
                    http::Response& response);

}  // namespace pintle::admin
