#include "redirect.hpp"

#include "pintle/customerio/regions.hpp"
#include "pintle/http/client/endpoint.hpp"

namespace pintle::delivery {

using http::client::Endpoint;

std::optional<Endpoint> redirect_target(const Endpoint& from, std::string_view location) {
    auto target = http::client::find_endpoint(location);  // nothing if it is relative
    if (!target || (!target->tls && (from.tls || !http::client::is_loopback(target->host)))) return std::nullopt;
    const bool same_host = target->host == from.host;
    const bool is_track_host = customerio::is_track_host(target->host);
    const bool is_track_api = is_track_host && target->tls && target->has_default_port();
    if (!is_track_api && (!same_host || is_track_host)) return std::nullopt;
    // Location holds the request's whole path. A configured prefix belongs to its host.
    target->path_prefix = same_host ? from.path_prefix : "";
    if (*target == from) return std::nullopt;
    return target;
}

}  // namespace pintle::delivery
