#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/intrusive/list.hpp>

#include "origin.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "resolver.hpp"
#include "response_parser.hpp"

namespace pintle::http::client {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

// What came of one request on a connection.
struct Exchange {
    HttpResponse response;
    bool reusable = false;    // the connection takes another one
    bool unanswered = false;  // it was closed before any byte of an answer
};

// One connection to a target, plain or TLS. Linked into the list of those that are open, for as long as it lives.
class Connection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    // `count` counts those that there are.
    Connection(boost::asio::io_context& io, boost::asio::ssl::context& tls, std::shared_ptr<Origin> origin,
               std::atomic<std::size_t>& count)
        : io_(io), context_(tls), origin_(std::move(origin)), count_(count) {
        ++count_;
    }
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Resolves, connects and shakes hands. What went wrong, for people; empty if nothing did.
    Awaitable<std::string> open(Resolver& resolver, Milliseconds limit);

    // One request and its answer.
    Awaitable<Exchange> exchange(const HttpRequest& request, Milliseconds limit);

    // What is under way ends at once with a fault.
    void close();

    // While idle, nothing should arrive: neither an end nor bytes that nobody asked for.
    bool is_idle_and_open();

    const std::shared_ptr<Origin>& origin() const noexcept { return origin_; }
    Clock::time_point idle_since;

private:
    using Tcp = boost::beast::basic_stream<boost::asio::ip::tcp, Executor>;
    using Tls = boost::asio::ssl::stream<Tcp&>;
    using Address = boost::asio::ip::tcp::endpoint;

    Awaitable<std::string> connect(const std::vector<Address>& addresses, Clock::time_point deadline);
    Awaitable<std::string> handshake(Clock::time_point deadline);
    template <class Stream>
    Awaitable<Exchange> talk(Stream& stream, Milliseconds limit);
    Exchange finish(ResponseParser::Progress progress, const boost::system::error_code& error, Milliseconds limit);

    boost::asio::io_context& io_;
    boost::asio::ssl::context& context_;
    std::shared_ptr<Origin> origin_;
    std::atomic<std::size_t>& count_;
    std::optional<Tcp> tcp_;
    std::optional<Tls> tls_;
    std::string out_;  // the request's bytes
    ResponseParser reader_;
    bool closed_ = false;
};

}  // namespace pintle::http::client
