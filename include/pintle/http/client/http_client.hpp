#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::http::client {

struct HttpClientOptions {
    Endpoint endpoint;
    std::string site_id;
    std::string api_key;
    std::string ca_file;           // PEM of further trusted certificates; empty: the system's alone
    std::string user_agent;        // pintle/<version>
    std::size_t connections = 64;  // kept open at most; who calls `send` bounds how many are under way
    std::chrono::milliseconds connect_timeout{10'000};  // name resolution, connect and handshake together
    std::chrono::milliseconds request_timeout{30'000};  // from the first byte sent to the last one received
    std::chrono::milliseconds idle_timeout{60'000};     // an idle connection older than this is closed, not used
};

// One destination's HTTP client: a pool of keep-alive connections. Everything happens on the io_context's one thread.
class HttpClient {
public:
    // Throws std::runtime_error where `ca_file` cannot be read.
    HttpClient(boost::asio::io_context& io, HttpClientOptions options);
    ~HttpClient();

    // One request, with credentials. Faults are in the answer, nothing is thrown. A pooled connection that dies before
    // the first byte of an answer is replaced by a fresh one once, at once.
    Awaitable<HttpResponse> send(const HttpRequest& request);

    // From the next request on; connections to the old endpoint are closed as they become idle.
    void redirect(Endpoint endpoint);
    const Endpoint& endpoint() const noexcept;

    std::size_t connections() const noexcept;  // open ones, idle or not; thread-safe

    // Closes idle connections and cancels what is under way, which ends with a fault.
    void close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::http::client
