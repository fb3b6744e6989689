#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/http/server/memory_budget.hpp"

namespace pintle::http {

struct Request {
    boost::beast::http::verb method{};
    std::string_view method_text;
    std::string_view target;  // as sent: path and query
    std::string_view path;    // without query; not decoded, without a trailing slash ("/" stays)
    std::string_view query;
    const boost::beast::http::fields& headers;
    std::string& body;      // decompressed; the handler may move from it. Empty in `refuse`
    std::string_view peer;  // the client's address, for logs
};

// A body that comes in parts.
class Stream {
public:
    virtual ~Stream() = default;
    virtual Awaitable<std::string> next() = 0;  // empty: that was all. Ends with the connection at the latest
};

struct Response {
    unsigned status = 200;
    std::string_view content_type = "application/json";  // static text
    std::string body;
    std::string headers;             // further ones, each "Name: value\r\n"
    bool close = false;              // close the connection behind it
    std::unique_ptr<Stream> stream;  // in place of `body`; the connection closes behind it
    bool reset = false;              // no answer at all: reset the connection (the sandbox's faults)
};

// How a request is treated whose body is still to be read.
struct Terms {
    bool anonymous = false;  // its sender has not shown yet that it may send: the body is small, of a small budget
    bool essential = false;  // is served even over the limit of connections: probes
};

// What a server serves. Called on any of its threads; must outlive the server's `stop`.
class Handler {
public:
    virtual ~Handler() = default;

    // Looks at a request's head before its body is read (404, 405, 401 by header): an answer ends the request, its
    // body is not kept. Nothing: go on, on the terms that it has set.
    virtual std::optional<Response> refuse(const Request& head, Terms& terms) = 0;

    // The whole request. Must not throw; what escapes is logged and answered 500.
    virtual Awaitable<void> handle(Request& request, Response& answer) = 0;

    // The server's own refusals (413, 400, 408, 415, 431, 503): their body and headers, in the service's own form.
    virtual void fault(unsigned status, std::string_view reason, Response& answer) = 0;
};

struct ServerOptions {
    std::string host = "0.0.0.0";          // an IP address
    std::uint16_t port = 8080;             // 0: any free one
    std::size_t max_body = 4000UL * 1024;  // after decompression
    std::size_t max_header = 16UL * 1024;

    // What the server holds in memory for its connections comes of this budget: the connections themselves, headers,
    // bodies, decompression, and responses that are not read. Who needs more while nothing is left cuts off what has
    // been incomplete for longest (503). Null: a budget of its own, of 256 MiB. It must outlive the io_contexts.
    MemoryBudget* memory = nullptr;
    std::size_t max_anonymous_body = 64UL * 1024;   // of a request that is `anonymous`; 413 beyond
    std::size_t max_anonymous_memory = 8UL << 20U;  // of the budget, at most a sixth, for all that is anonymous
    std::size_t max_connections = 10'000;           // one more cuts off who has been idle for longest
    std::size_t max_connections_per_address = 0;    // the same, of one address. 0: any number
    std::size_t max_reserved = 256;                 // connections over the limit: for /health, and to hear 503
    std::size_t max_handshakes = 256;               // TLS handshakes at a time; one more cuts off the oldest
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds drain_grace{1'000};  // how long an idle connection may still ask once the server drains
    std::string certificate;                       // PEM files; both set: HTTPS
    std::string key;
};

// An HTTP/1.1 server: keep-alive, pipelining, chunked and compressed bodies, 100-continue, time limits, TLS.
// Connections are spread over the io_contexts, each of which one thread runs and all of which outlive the server.
class Server {
public:
    // Binds and listens. Throws std::runtime_error with a message for people (address in use, bad certificate).
    Server(std::vector<boost::asio::io_context*> contexts, ServerOptions options, Handler& handler);
    ~Server();

    void start();                              // begins to accept
    std::uint16_t port() const noexcept;       // the one bound
    std::size_t connections() const noexcept;  // once it drains, with all else of the server that still runs

    // Stops accepting and lets requests under way be answered with `Connection: close`. Who connected before is served,
    // and an idle connection stays for the grace: its client may have sent a request that is not here yet.
    // Thread-safe. When `connections()` is 0 nothing of the server runs any more.
    void drain();

    // Closes what is left. Thread-safe.
    void stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace pintle::http
