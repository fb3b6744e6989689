#pragma once

#include <string>

#include "pintle/admin/admin.hpp"

// Routes by which an operator changes the daemon.
namespace pintle::admin {

// POST /api/reload: 200 with what changed and what needs a restart; 422 with the problems.
void answer_reload(const ReloadResult& reloaded, http::Response& response);

// GET /api/destinations/{name}. May block.
void answer_one_destination(Control& control, const std::string& name, const http::Request& request,
                            http::Response& response);

// POST /api/destinations/{name}/pause and .../resume: the new status of the destination, and what has changed. `by`
// names the operator. May block.
void answer_pause(Control& control, const std::string& name, std::string by, const http::Request& request,
                  http::Response& response);
void answer_resume(Control& control, const std::string& name, std::string by, const http::Request& request,
                   http::Response& response);

// DELETE /api/streams/{name}: what was discarded. May block.
void answer_discard(Control& control, const std::string& name, const http::Request& request, http::Response& response);

// GET and PUT /api/log-level.
void answer_log_level(Control& control, const http::Request& request, http::Response& response);

// POST /api/transform: 200 with the request, or with the reason why the event cannot be mapped.
void answer_transform(Control& control, const http::Request& request, http::Response& response);

}  // namespace pintle::admin
