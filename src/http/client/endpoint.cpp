#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "pintle/http/client/endpoint.hpp"

namespace pintle::http::client {
namespace {

std::uint16_t usual_port(bool tls) {
    return tls ? 443 : 80;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string host_of(const boost::urls::url_view& url) {
    if (url.host_type() == boost::urls::host_type::ipv6) return url.host_address();  // without brackets
    return lower(url.host());
}

// Whether it is a name or an IPv4 address that can be looked up, without percent-encoded characters.
bool is_plain(std::string_view host) {
    return std::all_of(host.begin(), host.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_'; });
}

// Nothing if the port is 0 or too large, which Boost.URL 1.81 wraps around.
std::optional<std::uint16_t> read_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
    if (read.ec != std::errc{} || port == 0) return std::nullopt;
    return port;
}

// The endpoint that a URL names, without its query and fragment. Nothing if it is no http(s) URL or holds credentials.
std::optional<Endpoint> endpoint_of(const boost::urls::url_view& url) {
    Endpoint endpoint;
    const std::string scheme = lower(url.scheme());
    if (scheme != "https" && scheme != "http") return std::nullopt;
    endpoint.tls = scheme == "https";
    if (url.has_userinfo() || url.host().empty()) return std::nullopt;
    endpoint.host = host_of(url);
    if (url.host_type() != boost::urls::host_type::ipv6 && !is_plain(endpoint.host)) return std::nullopt;
    const auto port = url.port().empty() ? std::optional(usual_port(endpoint.tls)) : read_port(url.port());
    if (!port) return std::nullopt;
    endpoint.port = *port;
    endpoint.path_prefix = url.encoded_path();
    // Boost.URL 1.81 takes letters after "host:" for a path.
    if (!endpoint.path_prefix.empty() && !endpoint.path_prefix.starts_with('/')) return std::nullopt;
    while (endpoint.path_prefix.ends_with('/')) endpoint.path_prefix.pop_back();
    return endpoint;
}

}  // namespace

bool is_loopback(std::string_view host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    return error ? host == "localhost" : address.is_loopback();
}

bool Endpoint::has_default_port() const {
    return port == usual_port(tls);
}

std::string Endpoint::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (!has_default_port()) text.append(":").append(std::to_string(port));
    return text;
}

Endpoint parse_endpoint(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    const auto endpoint = parsed.has_value() ? endpoint_of(*parsed) : std::nullopt;
    if (!endpoint || parsed->has_query() || parsed->has_fragment()) {
        // The text itself is not shown: it may hold credentials.
        throw std::invalid_argument(
            "is not of the form https://host[:port][/prefix], or http:// for a proxy on the same host");
    }
    return *endpoint;
}

std::optional<Endpoint> find_endpoint(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed.has_value()) return std::nullopt;
    return endpoint_of(*parsed);
}

}  // namespace pintle::http::client
