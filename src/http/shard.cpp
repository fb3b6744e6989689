#include "http/shard.hpp"

#include <algorithm>

#include "http/core.hpp"

namespace pintle::http {
namespace {

constexpr Clock::duration draining_tick = std::chrono::milliseconds(20);

void cancel(Connection& connection) {
    boost::system::error_code ignored;
    connection.socket.cancel(ignored);
}

}  // namespace

Awaitable<void> Shard::watch() {
    Timer timer(executor_);
    const Announcement<Timer> announcement(timer_, timer);
    while (!core_.is_over()) {
        timer.expires_after(core_.draining ? std::min(tick_, draining_tick) : tick_);
        co_await timer.async_wait(as_value);
        cancel_expired(Clock::now());
    }
}

void Shard::cancel_expired(TimePoint now) {
    for (auto& connection : connections_) {
        if (connection.deadline > now) continue;
        connection.timed_out = true;
        cancel(connection);
    }
}

void Shard::drain(TimePoint idle_until) {
    for (auto& connection : connections_) {
        if (connection.idle) connection.deadline = std::min(connection.deadline, idle_until);
    }
    if (timer_ != nullptr) timer_->cancel();
}

void Shard::close_all() {
    for (auto& connection : connections_) {
        boost::system::error_code ignored;
        connection.socket.close(ignored);
    }
}

}  // namespace pintle::http
