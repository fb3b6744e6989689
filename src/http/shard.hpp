#pragma once

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include "pintle/http/server.hpp"

namespace pintle::http {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;

// Awaiting gives the error as a value, beside the result.
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>> as_value{
    boost::asio::use_awaitable_t<Executor>{}};

inline constexpr TimePoint no_deadline = TimePoint::max();

struct Core;

// A connection as its shard sees it: what it awaits may be cancelled when its time is over, or when the server drains.
struct Connection : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit Connection(boost::asio::basic_socket<boost::asio::ip::tcp, Executor>& its_socket) : socket(its_socket) {}

    void limit(TimePoint until) noexcept {
        deadline = until;
        timed_out = false;
    }

    boost::asio::basic_socket<boost::asio::ip::tcp, Executor>& socket;
    TimePoint deadline = no_deadline;
    bool timed_out = false;  // the deadline passed and what was awaited has been cancelled
    bool idle = false;       // it waits for a request of which nothing has come
};

// The connections of one io_context. One timer looks after all their deadlines: a request sets a number, it starts
// and cancels no timer. Used on its context's thread only.
class Shard {
public:
    Shard(const Executor& executor, Clock::duration tick, const Core& core)
        : executor_(executor), tick_(tick), core_(core) {}

    Executor executor() const noexcept { return executor_; }

    void add(Connection& connection) { connections_.push_back(connection); }
    void remove(Connection& connection) noexcept { connection.unlink(); }

    // Cancels what has passed its deadline, up to a tick late. Ends with the server's last connection.
    Awaitable<void> watch();

    // The server drains: idle connections have until then.
    void drain(TimePoint idle_until);
    void close_all();

private:
    void cancel_expired(TimePoint now);

    Executor executor_;
    Clock::duration tick_;
    const Core& core_;
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
    Timer* timer_ = nullptr;  // `watch`'s own, while it runs
};

}  // namespace pintle::http
