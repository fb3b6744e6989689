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

// The result of one request on a connection.
struct Exchange {
    HttpResponse response;
    bool reusable = false;     // the connection can take another request
    bool no_response = false;  // it was closed before the first byte of a response
};

// Why a connection could not be opened; an empty text if it was.
struct OpenError {
    std::string text;  // for people
    LastingError kind = LastingError::none;
};

// One connection to an origin, plain or TLS. It is in the list of open connections as long as it lives.
class Connection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    // `count` is the number of connections.
    Connection(boost::asio::io_context& io, boost::asio::ssl::context& tls, std::shared_ptr<Origin> origin,
               std::atomic<std::size_t>& count)
        : io_(io), context_(tls), origin_(std::move(origin)), count_(count) {
        ++count_;
    }
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Resolves, connects and performs the handshake.
    Awaitable<OpenError> open(Resolver& resolver, Milliseconds limit);

    // One request and its response.
    Awaitable<Exchange> exchange(const HttpRequest& request, Milliseconds limit);

    // Ends the operation in progress at once with an error.
    void close();

    // False if the peer has closed the idle connection or has sent bytes without a request.
    bool is_idle_and_open();

    const std::shared_ptr<Origin>& origin() const noexcept { return origin_; }
    Clock::time_point idle_since;

private:
    using Tcp = boost::beast::basic_stream<boost::asio::ip::tcp, Executor>;
    using Tls = boost::asio::ssl::stream<Tcp&>;
    using Address = boost::asio::ip::tcp::endpoint;

    Awaitable<std::string> connect(const std::vector<Address>& addresses, Clock::time_point deadline);
    Awaitable<OpenError> handshake(Clock::time_point deadline);
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
