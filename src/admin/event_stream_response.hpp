#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "pintle/base/asio.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/server/server.hpp"

namespace pintle::admin {

// Event records as server-sent events: `event`, and `skipped` with the number of omitted records. Sends a comment as a
// keep-alive where there is none. Runs on an io_context with one thread.
class EventStreamResponse final : public http::ResponseStream {
public:
    EventStreamResponse(events::EventStream& events, events::Filter filter, bool redact, const Executor& executor);

    Awaitable<std::string> next() override;

private:
    std::string news();  // the next part; empty: there is none

    const bool redact_;
    bool begun_ = false;
    std::shared_ptr<Timer> alarm_;  // shared with posted wake-ups
    std::unique_ptr<events::Subscriber> subscriber_;
    std::deque<events::EventRecordPtr> shown_;  // taken from the subscriber, not sent yet
    std::uint64_t skipped_ = 0;
};

}  // namespace pintle::admin
