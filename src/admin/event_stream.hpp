#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>

#include "pintle/http/server.hpp"
#include "pintle/live/feed.hpp"

namespace pintle::admin {

// What happens to events, as server-sent events: `event`, and `skipped` with the number of those left out; without any
// a comment as a sign of life. Lives on one io_context with one thread.
class EventStream final : public http::Stream {
public:
    EventStream(live::Feed& feed, live::Filter filter, bool redact, const http::Executor& executor);

    http::Awaitable<std::string> next() override;

private:
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>, http::Executor>;

    std::string news();  // the next part of it; empty: there is none

    const bool redact_;
    bool begun_ = false;
    std::shared_ptr<Timer> alarm_;  // shared with what is on its way to wake it
    std::unique_ptr<live::Watcher> watcher_;
    std::deque<live::Shown> shown_;  // taken from the watcher, not sent yet
    std::uint64_t skipped_ = 0;
};

}  // namespace pintle::admin
