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

inline constexpr TimePoint no_deadline = TimePoint::max();

struct ServerState;

enum class Eviction : std::uint8_t {
    none,
    connection,  // a new connection replaces it
    memory,      // its memory was freed for others
};

enum class Room : std::uint8_t {
    none,
    taken,
    lent,   // over the limit: another thread is about to free as much; wait for that
    later,  // the maximum is lent already: try again soon
};

inline bool is_held(Room room) noexcept {
    return room == Room::taken || room == Room::lent;
}

// Which memory budget a request uses: without a write key (so far), or with one.
enum class Holder : std::uint8_t { anonymous, authenticated };

// A connection for its shard, which cancels its I/O after a timeout, when the server drains, or to evict it.
struct Connection : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Connection() = default;
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    virtual Socket& socket() noexcept = 0;
    virtual void free_memory() noexcept = 0;  // called while it waits for I/O

    void limit(TimePoint until) noexcept {
        deadline = until;
        timed_out = false;
    }

    // Allows its eviction.
    void may_be_evicted(EvictionQueue::Group group, TimePoint now) noexcept {
        place.join(*queue, group, now);
        if (queue_of_address != nullptr) place_of_address.join(*queue_of_address, group, now);
    }
    void is_busy() noexcept {
        place.leave();
        place_of_address.leave();
    }

    TimePoint deadline = no_deadline;
    bool timed_out = false;  // the deadline has passed and its I/O is cancelled
    bool idle = false;       // it waits for the first byte of a request
    Eviction eviction = Eviction::none;

    EvictionQueue* queue = nullptr;
    EvictionQueue* queue_of_address = nullptr;  // null if addresses have no limit
    EvictionQueue::Entry place{*this};
    EvictionQueue::Entry place_of_address{*this};
    EvictionQueue::Entry handshake{*this};
    EvictionQueue::Entry holding{*this};  // it holds counted memory
};

// The connections of one io_context. One timer serves all deadlines, so that a request only sets a number. For its
// context's thread only.
class Shard {
public:
    Shard(const Executor& executor, Clock::duration tick, ServerState& state)
        : executor_(executor), tick_(tick), state_(state) {}

    Executor executor() const noexcept { return executor_; }

    void add(Connection& connection) { connections_.push_back(connection); }
    void remove(Connection& connection) noexcept { connection.unlink(); }

    // Cancels connections after their deadline, up to a tick late. Returns when the server has ended.
    Awaitable<void> watch();

    // The server drains: idle connections are closed at that time.
    void drain(TimePoint idle_until);
    void close_all();

    void evict(Connection& connection, Eviction why) noexcept;

    // Resizes `lease` to `bytes`. To make room, evicts connections of any thread that have held memory of the budget
    // for longer than `asking`, the longest first. Returns `none` and changes nothing if that does not suffice.
    Room make_room(MemoryLease& lease, std::size_t bytes, Holder holder, const Connection& asking);

    // Begins a handshake. If there are too many, evicts the oldest.
    void begin_handshake(Connection& connection, TimePoint now);

    EvictionQueue& holders(Holder holder) noexcept { return holders_[static_cast<std::size_t>(holder)]; }
    const EvictionQueue& holders(Holder holder) const noexcept { return holders_[static_cast<std::size_t>(holder)]; }

    EvictionQueue queue;     // connections within the limit
    EvictionQueue reserved;  // connections over it
    Turnstile handshakes;
    boost::beast::flat_buffer input;  // lent to the running connection
    std::string output;               // likewise

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
