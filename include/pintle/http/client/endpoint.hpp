#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pintle::http::client {

// Where requests go. `https` verifies certificate and host name; plain HTTP is for a proxy on the same host.
struct Endpoint {
    bool tls = true;
    std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
    std::uint16_t port = 443;
    std::string path_prefix;  // put before each request's path; empty, or "/..." without a slash at the end

    bool operator==(const Endpoint&) const = default;
    bool has_default_port() const;  // the scheme's own
    std::string authority() const;  // the Host header, without the scheme's own port
};

// `https://host[:port][/prefix]` or `http://...`. Throws std::invalid_argument with a message for people.
Endpoint parse_endpoint(std::string_view url);

// The endpoint of an absolute URL, without query and fragment. Nothing if it is no http(s) URL or holds credentials.
std::optional<Endpoint> find_endpoint(std::string_view url);

// Whether a host is this machine: 127.0.0.0/8, ::1 or `localhost`.
bool is_loopback(std::string_view host);

}  // namespace pintle::http::client
