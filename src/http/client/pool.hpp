#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <boost/asio/ssl/context.hpp>

#include "connection.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::http::client {

// The connections of one client: it owns the idle ones and can close all open ones. Shared with the requests in flight.
class Pool : public std::enable_shared_from_this<Pool> {
public:
    Pool(boost::asio::io_context& io, HttpClientOptions options);

    // The idle connection that was used last, so that those that are not needed time out. Null if there is none.
    std::unique_ptr<Connection> take_idle();

    // A new connection, not opened yet.
    std::unique_ptr<Connection> add();

    // `connection` can take another request.
    void give_back(std::unique_ptr<Connection> connection);

    void redirect(Endpoint endpoint);
    void cancel();
    void close();

    std::size_t connections() const noexcept { return count_.load(std::memory_order_relaxed); }  // thread-safe
    bool closed() const noexcept { return closed_; }
    const HttpClientOptions& options() const noexcept { return options_; }
    const Origin& origin() const noexcept { return *origin_; }
    Resolver& resolver() noexcept { return resolver_; }

private:
    bool usable(Connection& connection) const;
    void sweep_later();

    boost::asio::io_context& io_;
    HttpClientOptions options_;
    boost::asio::ssl::context tls_;
    std::shared_ptr<Origin> origin_;
    Resolver resolver_;
    boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>> open_;
    std::atomic<std::size_t> count_{0};              // of `open_`
    std::vector<std::unique_ptr<Connection>> idle_;  // the one that was used last is at the end
    Timer sweep_;
    bool sweeping_ = false;
    bool closed_ = false;
};

}  // namespace pintle::http::client
