#include "connection.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <functional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace pintle::http::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr const char* stopped = "stopped before it was sent";
constexpr std::size_t max_write = 65'536;  // bytes at once, as Asio has it where nothing else is asked for

std::string text_of(Milliseconds limit) {
    const auto count = limit.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

bool timed_out(const error_code& error) {
    return error == beast::error::timeout || error == asio::error::timed_out;
}

bool is_end(const error_code& error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

Connection::~Connection() {
    --count_;
    // Otherwise OpenSSL takes the closed connection for a failed one and drops its session.
    if (tls_) SSL_set_shutdown(tls_->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Awaitable<std::string> Connection::open(Resolver& resolver, Milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    const Endpoint& endpoint = origin_->endpoint;
    const Resolver::Found found = co_await resolver.resolve(endpoint.host, endpoint.port, deadline);
    if (closed_) co_return stopped;
    if (found.error) {
        co_return "resolve " + endpoint.host + ": " +
            (timed_out(found.error) ? "no response within " + text_of(limit) : found.error.message());
    }
    std::string failure = co_await connect(found.addresses, deadline);
    if (failure.empty() && endpoint.tls) failure = co_await handshake(deadline);
    co_return failure;
}

// Tries each address in turn. Each has its share of the time, so that one that drops packets leaves some to the others.
Awaitable<std::string> Connection::connect(const std::vector<Address>& addresses, Clock::time_point deadline) {
    error_code error = asio::error::host_not_found;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto now = Clock::now();
        tcp_.emplace(io_.get_executor());
        tcp_->expires_at(now + (deadline - now) / static_cast<int>(addresses.size() - i));
        const auto [failed] = co_await tcp_->async_connect(addresses[i], as_value);
        if (closed_) co_return stopped;
        error = failed;
        if (!error) break;
    }
    if (!error) tcp_->socket().set_option(asio::ip::tcp::no_delay(true), error);
    if (!error) co_return std::string();
    co_return "connect to " + origin_->name + ": " + (timed_out(error) ? "timed out" : error.message());
}

Awaitable<std::string> Connection::handshake(Clock::time_point deadline) {
    tls_.emplace(*tcp_, context_);
    prepare_tls(tls_->native_handle(), origin_->endpoint.host, origin_->session);
    tcp_->expires_at(deadline);
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_value);
    if (closed_) co_return stopped;
    if (!error) co_return std::string();
    origin_->session.drop();
    co_return "TLS handshake with " + origin_->name + ": " +
        (timed_out(error) ? "timed out" : tls_error(tls_->native_handle(), error));
}

Awaitable<Exchange> Connection::exchange(const HttpRequest& request, Milliseconds limit) {
    origin_->write(request, out_);
    reader_.reset();
    if (tls_) co_return co_await talk(*tls_, limit);
    co_return co_await talk(*tcp_, limit);
}

template <class Stream>
Awaitable<Exchange> Connection::talk(Stream& stream, Milliseconds limit) {
    using Progress = ResponseParser::Progress;
    tcp_->expires_after(limit);
    bool is_stopped = false;
    const auto& may_send = origin_->may_send;
    const auto next_write = [&](const error_code& error, std::size_t) -> std::size_t {
        is_stopped = may_send && !may_send();
        return error || is_stopped ? 0 : max_write;
    };
    const auto [write_error, written] =
        co_await asio::async_write(stream, asio::buffer(out_), std::cref(next_write), as_value);
    if (is_stopped && written < out_.size()) {
        tcp_->expires_never();
        Exchange exchange;
        exchange.response.error = written == 0 ? stopped : "stopped while it was sent";
        co_return exchange;
    }
    if (write_error) co_return finish(Progress::broken, write_error, limit);
    for (;;) {
        const auto [error, size] = co_await stream.async_read_some(reader_.space(), as_value);
        auto progress = Progress::broken;
        if (!error) {
            progress = reader_.received(size);
        } else if (is_end(error)) {
            progress = reader_.ended();
        }
        if (progress != Progress::more) co_return finish(progress, error, limit);
    }
}

Exchange Connection::finish(ResponseParser::Progress progress, const error_code& error, Milliseconds limit) {
    tcp_->expires_never();
    Exchange exchange;
    if (progress == ResponseParser::Progress::whole) {
        exchange.response = std::move(reader_.response());
        exchange.reusable = !error && reader_.keep_alive();
        return exchange;
    }
    std::string& failure = exchange.response.error;
    if (closed_) {
        failure = "stopped while waiting for the response";
    } else if (timed_out(error)) {
        failure = reader_.begun() ? "response from " + origin_->name + " incomplete after " + text_of(limit)
                                  : "no response from " + origin_->name + " within " + text_of(limit);
    } else if (!error) {
        failure = "response from " + origin_->name + " is not HTTP: " + reader_.problem();
    } else if (reader_.begun()) {
        failure = "response from " + origin_->name + " ended early";
        if (!is_end(error)) failure.append(": ").append(error.message());
    } else {
        exchange.no_response = true;
        failure = origin_->name + " closed the connection without a response";
        if (!is_end(error)) failure.append(": ").append(error.message());
    }
    return exchange;
}

void Connection::close() {
    closed_ = true;
    if (tcp_) tcp_->close();
}

bool Connection::is_idle_and_open() {
    char byte = 0;
    const auto size = ::recv(tcp_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace pintle::http::client
