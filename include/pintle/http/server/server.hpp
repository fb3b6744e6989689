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
#include "pintle/base/time.hpp"
#include "pintle/http/server/memory_budget.hpp"
#include "pintle/http/server/tls_certificate.hpp"

namespace pintle::http {

struct Request {
    boost::beast::http::verb method{};
    std::string_view method_text;
    std::string_view target;  // as sent: path and query
    std::string_view path;    // without query; not decoded, without a trailing slash ("/" stays)
    std::string_view query;
    const boost::beast::http::fields& headers;
    std::string& body;      // decompressed; the handler may move from it. Empty in `on_headers`
    std::string_view peer;  // the client's address, for logs
};

// A response body that is produced in parts.
class ResponseStream {
public:
    virtual ~ResponseStream() = default;
    virtual Awaitable<std::string> next() = 0;  // empty: the end
};

struct Response {
    unsigned status = 200;
    std::string_view content_type = "application/json";  // static text
    std::string body;
    std::string headers;                     // more headers, each "Name: value\r\n"
    bool close = false;                      // close the connection afterwards
    std::unique_ptr<ResponseStream> stream;  // instead of `body`; the connection is closed afterwards
    bool reset = false;                      // reset the connection without a response (for the sandbox)
};

// Limits for a request whose body is not read yet.
struct Terms {
    bool anonymous = false;  // not authenticated yet: a small body, from a small memory budget
    bool essential = false;  // served even over the connection limit: health checks
};

// The application behind a server. Called on any of its threads. Must outlive `Server::stop`.
class Handler {
public:
    virtual ~Handler() = default;

    // Called with the head before the body is read. A response (404, 405, 401) ends the request. Otherwise the body is
    // read within `terms`, which it may set.
    virtual std::optional<Response> on_headers(const Request& head, Terms& terms) = 0;

    // Called with the whole request. Should not throw: exceptions are logged and answered with 500.
    virtual Awaitable<void> on_request(Request& request, Response& response) = 0;

    // Called for errors that the server itself finds (413, 400, 408, 415, 431, 503). Writes body and headers.
    virtual void on_error(unsigned status, std::string_view reason, Response& response) = 0;
};

struct ServerOptions {
    std::string host = "0.0.0.0";          // an IP address
    std::uint16_t port = 8080;             // 0: any free one
    std::size_t max_body = 4000UL * 1024;  // after decompression
    std::size_t max_header = 16UL * 1024;

    // The memory for connections, headers, bodies, decompression and unread responses. When it is used up, the request
    // that has been incomplete for longest is evicted (503). Null: an own budget of 256 MiB. It must outlive the
    // io_contexts.
    MemoryBudget* memory = nullptr;
    std::size_t max_anonymous_body = 64UL * 1024;   // of an `anonymous` request; else 413
    std::size_t max_anonymous_memory = 8UL << 20U;  // for all anonymous requests; at most a sixth of the budget
    std::size_t max_connections = 10'000;           // one more evicts the connection that has been idle for longest
    std::size_t max_connections_per_address = 0;    // the same for one address. 0: unlimited
    std::size_t max_reserved = 256;                 // connections over the limit, for /health and to send 503
    std::size_t max_handshakes = 256;               // concurrent TLS handshakes; one more evicts the oldest
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds idle_timeout{75'000};
    std::chrono::milliseconds drain_grace{1'000};  // how long an idle connection stays open while the server drains
    std::string certificate;                       // PEM files; both set: HTTPS
    std::string key;
};

// An HTTP/1.1 server: keep-alive, pipelining, chunked and compressed bodies, 100-continue, time limits, TLS.
// Connections are distributed over the io_contexts. Each runs on one thread; all must outlive the server.
class Server {
public:
    // Binds and listens. Throws std::runtime_error with a message for people (address in use, bad certificate).
    Server(std::vector<boost::asio::io_context*> contexts, ServerOptions options, Handler& handler);
    ~Server();

    void start();                              // starts accepting
    std::uint16_t port() const noexcept;       // the bound port
    std::size_t connections() const noexcept;  // while it drains, includes all other running coroutines

    // Serves new connections with another certificate; open ones keep theirs. Only for a server that has one. Returns
    // whether the certificate or its chain differs from the previous one. Thread-safe.
    bool replace_certificate(std::shared_ptr<TlsCertificate> certificate);

    // When the present certificate or one of its chain expires; nothing: without TLS. Thread-safe.
    std::optional<WallTime> certificate_expires() const;

    // Stops accepting and answers requests in flight with `Connection: close`. Idle connections stay open for
    // `drain_grace`, as a request may be on its way. The server has ended when `connections()` is 0. Thread-safe.
    void drain();

    // Closes the remaining connections. Thread-safe.
    void stop();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace pintle::http
