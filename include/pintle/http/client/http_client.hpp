#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::http::client {

struct HttpClientOptions {
    Endpoint endpoint;
    std::string site_id;  // empty: no credentials are sent
    std::string api_key;
    std::vector<std::string> headers;  // more of them: "Name: value"
    std::string ca_file;               // PEM of further trusted certificates; empty: only the system's
    std::string user_agent;            // pintle/<version>
    std::size_t connections = 64;      // kept open at most; the caller of `send` bounds those in flight
    std::chrono::milliseconds connect_timeout{10'000};  // name resolution, connect and handshake together
    std::chrono::milliseconds request_timeout{30'000};  // from the first byte sent to the last one received
    std::chrono::milliseconds idle_timeout{60'000};     // an idle connection older than this is closed, not used
    std::function<bool()> may_send;  // asked before each write to a socket; false fails the request; empty: true
};

// Sends requests to one endpoint. Everything happens on one thread, except where it says otherwise.
class Client {
public:
    virtual ~Client() = default;

    // One request, with the credentials if there are any. Throws nothing: the response says what went wrong. Ends
    // within the client's timeouts. `request` must stay valid until then.
    virtual Awaitable<HttpResponse> send(const HttpRequest& request) = 0;

    // From the next request on.
    virtual void redirect(Endpoint endpoint) = 0;
    virtual const Endpoint& endpoint() const noexcept = 0;

    virtual std::size_t connections() const noexcept = 0;  // open ones, idle or not; thread-safe

    // Cancels the requests in flight: they end with an error.
    virtual void cancel() = 0;

    // The same, and so do all later requests.
    virtual void close() = 0;
};

// A client with a pool of keep-alive connections. Everything happens on the io_context's one thread.
class HttpClient final : public Client {
public:
    // Throws std::runtime_error if `ca_file` cannot be read.
    HttpClient(boost::asio::io_context& io, HttpClientOptions options);
    ~HttpClient() override;

    // If an idle connection closes before the first byte of the response, the request is sent again on a new one, once.
    Awaitable<HttpResponse> send(const HttpRequest& request) override;

    // Connections to the old endpoint are closed as they become idle.
    void redirect(Endpoint endpoint) override;
    const Endpoint& endpoint() const noexcept override;
    std::size_t connections() const noexcept override;
    void cancel() override;
    void close() override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::http::client
