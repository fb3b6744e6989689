#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "address_table.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/http/server/tls_certificate.hpp"
#include "shard.hpp"

namespace pintle::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

inline constexpr int backlog = 4096;  // connections that are not accepted yet

// The measured memory of an open connection in bytes: its state, the buffer of its first read, and the first bytes of a
// request, which are not counted otherwise; and the state of TLS.
inline constexpr std::size_t uncounted_memory = 4UL * 1024;
inline constexpr std::size_t plain_connection_memory = 12UL * 1024;
inline constexpr std::size_t tls_connection_memory = 24UL * 1024;

inline constexpr std::size_t default_memory = 256UL << 20U;

// The state that the server's coroutines share and keep alive. After `start` it owns no I/O object, so the contexts may
// be destroyed in any order.
struct ServerState : std::enable_shared_from_this<ServerState> {
    ServerState(ServerOptions its_options, Handler& its_handler, std::size_t shard_count)
        : options(std::move(its_options)),
          handler(its_handler),
          memory(options.memory != nullptr ? *options.memory : own_memory),
          anonymous_memory(std::min(options.max_anonymous_memory, memory.limit() / 6)),
          addresses(shard_count),
          tls(!options.certificate.empty() && !options.key.empty()),
          anonymous_share_(memory) {
        anonymous_share_.set(anonymous_memory.limit());
    }

    // No connection is left, and no new one is accepted or on its way to its shard.
    bool is_over() const noexcept { return draining && accepting == 0 && connections == 0; }

    MemoryBudget& budget(Holder holder) noexcept { return holder == Holder::anonymous ? anonymous_memory : memory; }

    // Null if no connection holds memory.
    Shard* shard_of_first_holder(Holder holder) noexcept {
        const auto before = [holder](const Shard& a, const Shard& b) {
            return a.holders(holder).rank() < b.holders(holder).rank();
        };
        Shard& first = *std::min_element(shards.begin(), shards.end(), before);
        return first.holders(holder).rank() == EvictionQueue::nobody ? nullptr : &first;
    }

    // What new connections are served with. Only with `tls`.
    std::shared_ptr<TlsCertificate> certificate() {
        const MutexLock lock(certificate_mutex_);
        return certificate_;
    }
    // Returns the previous one.
    std::shared_ptr<TlsCertificate> replace_certificate(std::shared_ptr<TlsCertificate> next) {
        const MutexLock lock(certificate_mutex_);
        return std::exchange(certificate_, std::move(next));
    }

    ServerOptions options;
    Handler& handler;
    MemoryBudget own_memory{default_memory};  // if the options have none
    MemoryBudget& memory;
    MemoryBudget anonymous_memory;  // a fixed part of `memory`
    AddressTable addresses;
    std::list<Shard> shards;
    const bool tls;

    std::optional<Acceptor> listening;  // until `start`
    std::uint16_t port = 0;
    Acceptor* acceptor = nullptr;  // of the accepting coroutine, while it runs; for the first context's thread
    Timer* pause = nullptr;        // the same

    std::atomic<bool> draining{false};
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> connections{0};  // all
    std::atomic<std::size_t> reserved{0};     // the part over the limit
    std::atomic<std::size_t> accepting{0};    // 1 while the server accepts
    std::atomic<std::size_t> watching{0};     // shards with a running `watch`

private:
    MemoryLease anonymous_share_;
    Mutex certificate_mutex_;
    std::shared_ptr<TlsCertificate> certificate_ GUARDED_BY(certificate_mutex_);
};

// Counts a coroutine while its frame exists. It keeps the state alive itself: compilers differ in the order in which
// they destroy a coroutine's parameters, so that one must not depend on another.
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

// The counts and limits of an accepted connection.
struct ConnectionSlot {
    CountGuard connection;  // first, as it keeps the state alive for the others
    MemoryLease memory;
    std::optional<AddressTable::Ticket> address;
    std::optional<CountGuard> reserved;  // it is over the limit: it gets /health or 503
    bool too_many_of_address = false;
    EvictionQueue* in_place_of_first =
        nullptr;  // the first connection of this queue of its shard is to be evicted for it

    // Evicts that connection, on the shard's thread. Returns false if there is none left.
    bool take_place(Shard& shard) noexcept;
};

// Points to an object while it exists.
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

// Serve a connection from its first byte to its last.
Awaitable<void> serve_plain(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard,
                            std::size_t shard_index, Socket socket);
Awaitable<void> serve_tls(std::shared_ptr<ServerState> state, ConnectionSlot slot, Shard& shard,
                          std::size_t shard_index, Socket socket);

// Accepts connections until the server drains, and distributes them over the shards.
Awaitable<void> accept_connections(std::shared_ptr<ServerState> state, CountGuard lease, Acceptor acceptor);

}  // namespace pintle::http
