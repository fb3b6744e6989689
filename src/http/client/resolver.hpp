#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/http/client/http_client.hpp"

namespace pintle::http::client {

// Looks up a host's addresses, without a cache. The system's lookup cannot be interrupted: callers stop awaiting it at
// their deadline, and further callers await the same lookup.
class Resolver {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    struct Found {
        boost::system::error_code error;  // timed_out at the deadline, operation_aborted after `cancel`
        std::vector<boost::asio::ip::tcp::endpoint> addresses;
    };

    explicit Resolver(boost::asio::io_context& io) : io_(io), resolver_(io.get_executor()) {}

    Awaitable<Found> resolve(const std::string& host, std::uint16_t port, Deadline deadline);

    // Ends all waits.
    void cancel();

private:
    struct Lookup;

    void start(const std::string& host, std::uint16_t port);

    boost::asio::io_context& io_;
    boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor> resolver_;
    std::shared_ptr<Lookup> lookup_;  // the latest; shared with the system's lookup, which may outlive the resolver
};

}  // namespace pintle::http::client
