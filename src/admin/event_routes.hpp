#pragma once

#include "pintle/admin/admin.hpp"
#include "pintle/base/asio.hpp"

// What events become, for people who look.
namespace pintle::admin {

// GET /api/events: the last ones of the feed's sample that fit, the newest first.
void answer_events(const events::EventStream& events, bool redact, const http::Request& request,
                   http::Response& response);

// GET /api/events/stream: what happens from now on, as server-sent events, for as long as the client stays.
void answer_event_stream(events::EventStream& events, bool redact, const Executor& executor,
                         const http::Request& request, http::Response& response);

// GET /api/backlog: events that wait, the oldest first. May block for the disk.
void answer_backlog(Control& control, bool redact, const http::Request& request, http::Response& response);

}  // namespace pintle::admin
