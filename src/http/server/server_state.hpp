#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ssl/context.hpp>

#include "address_table.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/http/server/server.hpp"
#include "shard.hpp"

namespace pintle::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

inline constexpr int backlog = 4096;  // connections that wait to be accepted

// What a connection costs while it is open, in bytes, as measured: its state, the buffer of its first read, and the
// first bytes of a request, which are not counted otherwise. TLS's state comes on top.
inline constexpr std::size_t uncounted_memory = 4UL * 1024;
inline constexpr std::size_t plain_connection_memory = 12UL * 1024;
inline constexpr std::size_t tls_connection_memory = 24UL * 1024;

inline constexpr std::size_t default_memory = 256UL << 20U;

// What the server's coroutines share; each keeps it alive. It owns nothing of an io_context but the acceptor before
// `start`, so the contexts may be destroyed in any order.
struct ServerState : std::enable_shared_from_this<ServerState> {
    ServerState(ServerOptions its_options, Handler& its_handler, std::size_t shard_count)
        : options(std::move(its_options)),
          handler(its_handler),
          memory(options.memory != nullptr ? *options.memory : own_memory),
          anonymous_memory(std::min(options.max_anonymous_memory, memory.limit() / 6)),
          addresses(shard_count),
          anonymous_share_(memory) {
        anonymous_share_.set(anonymous_memory.limit());
    }

    // No connection is left and none comes any more: none waits to be accepted, none is on its way to its shard.
    bool is_over() const noexcept { return draining && accepting == 0 && connections == 0; }

    MemoryBudget& budget(Holder holder) noexcept { return holder == Holder::anonymous ? anonymous_memory : memory; }

    // Null: none holds anything.
    Shard* shard_of_first_holder(Holder holder) noexcept {
        const auto before = [holder](const Shard& a, const Shard& b) {
            return a.holders(holder).rank() < b.holders(holder).rank();
        };
        Shard& first = *std::min_element(shards.begin(), shards.end(), before);
        return first.holders(holder).rank() == EvictionQueue::nobody ? nullptr : &first;
    }

    ServerOptions options;
    Handler& handler;
    MemoryBudget own_memory{default_memory};  // where the options name none
    MemoryBudget& memory;
    MemoryBudget anonymous_memory;  // a fixed part of `memory`
    AddressTable addresses;
    std::list<Shard> shards;
    std::optional<boost::asio::ssl::context> tls;

    std::optional<Acceptor> listening;  // until `start`
    std::uint16_t port = 0;
    Acceptor* acceptor = nullptr;  // the accepting coroutine's, while it runs; for the first context's thread
    Timer* pause = nullptr;        // the same

    std::atomic<bool> draining{false};
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> connections{0};  // all there are
    std::atomic<std::size_t> reserved{0};     // of those, the ones over the limit
    std::atomic<std::size_t> accepting{0};    // 1 while the server accepts
    std::atomic<std::size_t> watching{0};     // shards whose time limits are looked after

private:
    MemoryLease anonymous_share_;
};

// Counts a coroutine for as long as its frame is there, and keeps the core for itself: of a coroutine's parameters none
// may rely on another, for compilers disagree on which is destroyed first.
class CountGuard {
public:
    CountGuard(std::shared_ptr<ServerState> state, std::atomic<std::size_t>& count) : count_(std::move(state), &count) {
        ++count;
    }
    CountGuard(CountGuard&&) noexcept = default;
    CountGuard& operator=(CountGuard&&) = delete;
    ~CountGuard() {
        if (count_) --*count_;
    }

private:
    std::shared_ptr<std::atomic<std::size_t>> count_;
};

// An accepted connection's part in the counts, and on what terms it was accepted.
struct ConnectionSlot {
    CountGuard connection;  // first, as it keeps the core for the others
    MemoryLease memory;
    std::optional<AddressTable::Ticket> address;
    std::optional<CountGuard> reserved;  // it is over the limit: it may ask for /health, or hear 503
    bool too_many_of_address = false;
    EvictionQueue* in_place_of_first = nullptr;  // of its shard: that queue's first connection is to be cut off for it

    // On the shard's thread: makes the place. False: nobody is left there who could be cut off.
    bool take_place(Shard& shard) noexcept;
};

// Points at something for as long as that is there.
template <class T>
class ScopedRegistration {
public:
    ScopedRegistration(T*& place, T& subject) : place_(place) { place_ = &subject; }
    ~ScopedRegistration() { place_ = nullptr; }
    ScopedRegistration(const ScopedRegistration&) = delete;
    ScopedRegistration& operator=(const ScopedRegistration&) = delete;

private:
    T*& place_;
};

// A connection from its first byte to its last. One source file each.
Awaitable<void> serve_plain(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard,
                            std::size_t shard_index, Socket socket);
Awaitable<void> serve_tls(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard,
                          std::size_t shard_index, Socket socket);

// Accepts until the server drains, spreading connections over the shards; then those that came before.
Awaitable<void> accept_connections(std::shared_ptr<ServerState> state, CountGuard lease, Acceptor acceptor);

// Throws std::runtime_error with a message for people.
boost::asio::ssl::context make_tls_context(const std::string& certificate, const std::string& key);

}  // namespace pintle::http
