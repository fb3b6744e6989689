#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ssl/context.hpp>

#include "http/shard.hpp"
#include "pintle/http/server.hpp"

namespace pintle::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

inline constexpr int backlog = 4096;  // connections that wait to be accepted

// What the server's coroutines share; each keeps it alive. It owns nothing of an io_context but the acceptor before
// `start`, so the contexts may be destroyed in any order.
struct Core {
    Core(ServerOptions its_options, Handler& its_handler)
        : options(std::move(its_options)),
          handler(its_handler),
          memory(options.memory != nullptr ? *options.memory : own_memory) {}

    // No connection is left and none comes any more: none waits to be accepted, none is on its way to its shard.
    bool is_over() const noexcept { return draining && accepting == 0 && connections == 0; }

    ServerOptions options;
    Handler& handler;
    MemoryBudget own_memory{256UL << 20U};  // where the options name none
    MemoryBudget& memory;
    std::list<Shard> shards;
    std::optional<boost::asio::ssl::context> tls;

    std::optional<Acceptor> listening;  // until `start`
    std::uint16_t port = 0;
    Acceptor* acceptor = nullptr;  // the accepting coroutine's, while it runs; for the first context's thread
    Timer* pause = nullptr;        // the same

    std::atomic<bool> draining{false};
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> connections{0};  // all there are
    std::atomic<std::size_t> rejected{0};     // of those, the ones over the limit
    std::atomic<std::size_t> accepting{0};    // 1 while the server accepts
    std::atomic<std::size_t> watching{0};     // shards whose time limits are looked after
};

// Counts a coroutine for as long as its frame is there, and keeps the core for itself: of a coroutine's parameters none
// may rely on another, for compilers disagree on which is destroyed first.
class Lease {
public:
    Lease(std::shared_ptr<Core> core, std::atomic<std::size_t>& count) : count_(std::move(core), &count) { ++count; }
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (count_) --*count_;
    }

private:
    std::shared_ptr<std::atomic<std::size_t>> count_;
};

// An accepted connection's part in the counts.
struct Admission {
    Lease connection;
    std::optional<Lease> rejected;  // it is over the limit and only gets to hear so
};

// Points at something for as long as that is there.
template <class T>
class Announcement {
public:
    Announcement(T*& place, T& subject) : place_(place) { place_ = &subject; }
    ~Announcement() { place_ = nullptr; }
    Announcement(const Announcement&) = delete;
    Announcement& operator=(const Announcement&) = delete;

private:
    T*& place_;
};

// A connection from its first byte to its last. One source file each.
Awaitable<void> serve_plain(std::shared_ptr<Core> core, Admission admission, Shard& shard, Socket socket);
Awaitable<void> serve_tls(std::shared_ptr<Core> core, Admission admission, Shard& shard, Socket socket);

// Accepts until the server drains, spreading connections over the shards; then those that came before.
Awaitable<void> accept_connections(std::shared_ptr<Core> core, Lease lease, Acceptor acceptor);

// Throws std::runtime_error with a message for people.
boost::asio::ssl::context make_tls_context(const std::string& certificate, const std::string& key);

}  // namespace pintle::http
