#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/intrusive/list.hpp>

#include "eviction_queue.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"
#include "turnstile.hpp"

namespace pintle::http {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

// Awaiting gives the error as a value, beside the result.

inline constexpr TimePoint no_deadline = TimePoint::max();

struct ServerState;

enum class Eviction : std::uint8_t {
    none,
    connection,  // another one takes its place
    memory,      // others need what it held; it holds nothing any more
};

enum class Room : std::uint8_t {
    none,
    taken,
    lent,   // beyond the limit: another thread frees as much in a moment, which is to be waited for
    later,  // as much as may be lent is lent already: to be asked for again in a moment
};

inline bool is_held(Room room) noexcept {
    return room == Room::taken || room == Room::lent;
}

// Whose requests share a memory budget: those that have not shown a write key (or not yet), and the others.
enum class Holder : std::uint8_t { anonymous, authenticated };

// A connection as its shard sees it: what it awaits may be cancelled when its time is over, when the server drains, or
// when others need its place or its memory.
struct Connection : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Connection() = default;
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    virtual Socket& socket() noexcept = 0;
    virtual void free_memory() noexcept = 0;  // while it awaits something

    void limit(TimePoint until) noexcept {
        deadline = until;
        timed_out = false;
    }

    // It may be cut off from now on.
    void may_be_evicted(EvictionQueue::Group group, TimePoint now) noexcept {
        place.join(*queue, group, now);
        if (queue_of_address != nullptr) place_of_address.join(*queue_of_address, group, now);
    }
    void is_busy() noexcept {
        place.leave();
        place_of_address.leave();
    }

    TimePoint deadline = no_deadline;
    bool timed_out = false;  // the deadline passed and what was awaited has been cancelled
    bool idle = false;       // it waits for a request of which nothing has come
    Eviction eviction = Eviction::none;

    EvictionQueue* queue = nullptr;
    EvictionQueue* queue_of_address = nullptr;  // null where addresses have no limit
    EvictionQueue::Entry place{*this};
    EvictionQueue::Entry place_of_address{*this};
    EvictionQueue::Entry handshake{*this};
    EvictionQueue::Entry holding{*this};  // memory, more than is free
};

// The connections of one io_context. One timer looks after all their deadlines: a request sets a number, it starts
// and cancels no timer. Used on its context's thread only.
class Shard {
public:
    Shard(const Executor& executor, Clock::duration tick, ServerState& state)
        : executor_(executor), tick_(tick), state_(state) {}

    Executor executor() const noexcept { return executor_; }

    void add(Connection& connection) { connections_.push_back(connection); }
    void remove(Connection& connection) noexcept { connection.unlink(); }

    // Cancels what has passed its deadline, up to a tick late. Ends with the server's last connection.
    Awaitable<void> watch();

    // The server drains: idle connections have until then.
    void drain(TimePoint idle_until);
    void close_all();

    void evict(Connection& connection, Eviction why) noexcept;

    // `lease` holds `bytes` where it can be had: for it those are cut off that have held memory of the same budget for
    // longer than `asking`, the longest first, whichever thread's they are. None, and nothing is taken, where it is
    // `asking` itself whose turn it is, or where nobody can be cut off.
    Room make_room(MemoryLease& lease, std::size_t bytes, Holder holder, const Connection& asking);

    // The handshake of `connection` begins; too many at a time, and the oldest is cut off.
    void begin_handshake(Connection& connection, TimePoint now);

    EvictionQueue& holders(Holder holder) noexcept { return holders_[static_cast<std::size_t>(holder)]; }
    const EvictionQueue& holders(Holder holder) const noexcept { return holders_[static_cast<std::size_t>(holder)]; }

    EvictionQueue queue;     // of the connections within the limit
    EvictionQueue reserved;  // of those over it
    Turnstile handshakes;
    boost::beast::flat_buffer input;  // lent to the connection that runs just now
    std::string output;               // the same

private:
    void cancel_expired(TimePoint now);
    void evict_holders(Holder holder) noexcept;

    Executor executor_;
    Clock::duration tick_;
    ServerState& state_;
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> connections_;
    std::array<EvictionQueue, 2> holders_;
    EvictionQueue handshaking_;
    Timer* timer_ = nullptr;  // `watch`'s own, while it runs
};

}  // namespace pintle::http
