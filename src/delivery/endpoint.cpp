#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "pintle/delivery/sender.hpp"

namespace pintle::delivery {
namespace {

std::uint16_t usual_port(bool tls) { return tls ? 443 : 80; }

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string host_of(const boost::urls::url_view& url) {
    if (url.host_type() == boost::urls::host_type::ipv6) return url.host_address();  // without brackets
    return lower(url.host());
}

// What a URL names, its query and fragment aside; nothing if it is no http(s) URL, or holds credentials.
std::optional<Endpoint> endpoint_of(const boost::urls::url_view& url) {
    Endpoint endpoint;
    const std::string scheme = lower(url.scheme());
    if (scheme != "https" && scheme != "http") return std::nullopt;
    endpoint.tls = scheme == "https";
    if (url.has_userinfo() || url.host().empty()) return std::nullopt;
    endpoint.host = host_of(url);
    endpoint.port = usual_port(endpoint.tls);
    if (url.has_port() && !url.port().empty()) {
        if (url.port_number() == 0) return std::nullopt;  // also what does not fit
        endpoint.port = url.port_number();
    }
    endpoint.path_prefix = url.encoded_path();
    while (endpoint.path_prefix.ends_with('/')) endpoint.path_prefix.pop_back();
    return endpoint;
}

bool is_customer_io(std::string_view host) { return host.ends_with(".customer.io"); }

}  // namespace

std::string Endpoint::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != usual_port(tls)) text.append(":").append(std::to_string(port));
    return text;
}

Endpoint parse_endpoint(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    const auto endpoint = parsed.has_value() ? endpoint_of(*parsed) : std::nullopt;
    if (!endpoint || parsed->has_query() || parsed->has_fragment()) {
        // The text itself is not shown: it may hold credentials.
        throw std::invalid_argument("is not of the form https://host[:port][/prefix], or http:// for a proxy on the same host");
    }
    return *endpoint;
}

std::optional<Endpoint> redirect_target(const Endpoint& from, std::string_view location) {
    const auto parsed = boost::urls::parse_uri(location);
    if (!parsed.has_value()) return std::nullopt;  // a relative one stays where it is not taken
    auto target = endpoint_of(*parsed);
    if (!target || (from.tls && !target->tls)) return std::nullopt;
    const bool same_host = target->host == from.host;
    if (!same_host && !(target->tls && is_customer_io(target->host))) return std::nullopt;
    // Location names the request's own path; what is put before it stays with the host that asked for it.
    target->path_prefix = same_host ? from.path_prefix : "";
    if (*target == from) return std::nullopt;
    return target;
}

}  // namespace pintle::delivery
