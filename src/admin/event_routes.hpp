#pragma once

#include "pintle/admin/admin.hpp"
#include "pintle/base/asio.hpp"

// Routes that show events.
namespace pintle::admin {

// GET /api/events: the latest records of the event stream that match, newest first. An error for a destination that is
// neither in the status nor in a record.
void answer_events(Control& control, const events::EventStream& events, bool redact, const http::Request& request,
                   http::Response& response);

// GET /api/events/stream: records from now on as server-sent events, until the client disconnects.
void answer_event_stream(Control& control, events::EventStream& events, bool redact, const Executor& executor,
                         const http::Request& request, http::Response& response);

// GET /api/backlog: events of a backlog, oldest first. May block for the disk.
void answer_backlog(Control& control, bool redact, const http::Request& request, http::Response& response);

}  // namespace pintle::admin
