#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "pintle/delivery/verdict.hpp"
#include "pintle/mapping/mapper.hpp"

namespace pintle::delivery {

using Executor = boost::asio::io_context::executor_type;
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;

// The hosts of Customer.io's Track API, one a region.
inline constexpr std::string_view us_host = "track.customer.io";
inline constexpr std::string_view eu_host = "track-eu.customer.io";

// Where requests go. `https` verifies certificate and host name; plain HTTP is for a proxy on the same host.
struct Endpoint {
    bool tls = true;
    std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
    std::uint16_t port = 443;
    std::string path_prefix;  // put before each request's path; empty, or "/..." without a slash at the end

    bool operator==(const Endpoint&) const = default;
    std::string authority() const;  // the Host header: no port where it is the scheme's own
};

// `https://host[:port][/prefix]` or `http://...`. Throws std::invalid_argument with a message for people.
Endpoint parse_endpoint(std::string_view url);

// Whether a host is this one: 127.0.0.0/8, ::1 or `localhost`.
bool is_loopback(std::string_view host);

// The endpoint that a redirect's Location names, if credentials may go there: the host of `from`, or one of the Track
// API's at its own port. Never from TLS to plain, and to plain HTTP on this host alone.
std::optional<Endpoint> redirect_target(const Endpoint& from, std::string_view location);

struct SenderOptions {
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
class Sender {
public:
    // Throws std::runtime_error where `ca_file` cannot be read.
    Sender(boost::asio::io_context& io, SenderOptions options);
    ~Sender();

    // One request, with credentials. Faults are in the answer, nothing is thrown. A pooled connection that dies before
    // the first byte of an answer is replaced by a fresh one once, at once.
    Awaitable<Answer> send(const mapping::Request& request);

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

}  // namespace pintle::delivery
