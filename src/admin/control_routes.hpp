#pragma once

#include "pintle/admin/admin.hpp"

// What an operator changes, or tries out.
namespace pintle::admin {

// POST /api/reload: 200 with what has changed and what has not; 422 with the problems.
void answer_reload(const ReloadResult& reloaded, http::Response& response);

// GET /api/destinations/{name}. May block.
void answer_one_destination(Control& control, const std::string& name, const http::Request& request,
                            http::Response& response);

// POST /api/destinations/{name}/pause and .../resume: the destination as it is then. May block.
void answer_pause(Control& control, const std::string& name, const http::Request& request, http::Response& response);
void answer_resume(Control& control, const std::string& name, const http::Request& request, http::Response& response);

// GET and PUT of /api/log-level.
void answer_log_level(Control& control, const http::Request& request, http::Response& response);

// POST /api/transform: 200 with the request, or with the reason why there is none.
void answer_transform(Control& control, const http::Request& request, http::Response& response);

}  // namespace pintle::admin
