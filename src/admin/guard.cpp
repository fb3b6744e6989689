#include "guard.hpp"

#include <string>

#include <openssl/crypto.h>

#include "authority.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::field;

// The host of a target in absolute form, which takes precedence over the Host header (RFC 9112, 3.2.2).
std::optional<Authority> requested_host(const http::Request& head) {
    if (const auto scheme = head.target.find("://");
        !head.target.starts_with('/') && scheme != std::string_view::npos) {
        const auto rest = head.target.substr(scheme + 3);
        return parse_authority(rest.substr(0, rest.find_first_of("/?")));
    }
    return parse_authority(head.headers[field::host]);
}

// A Host without a port is the default port of the page's scheme, which may differ from ours behind a proxy.
bool is_same_site(const Authority& origin, const Authority& host) {
    const bool usual_port = origin.port == 80 || origin.port == 443;
    return origin.host == host.host && (host.port ? origin.port == host.port : usual_port);
}

// Browsers send Origin, or Sec-Fetch-Site with requests that need no preflight. Navigation by a link is allowed.
bool is_cross_site(const http::Request& head, const std::optional<Authority>& host) {
    if (const std::string_view text = head.headers[field::origin]; !text.empty()) {
        const auto origin = parse_origin(text);
        return !origin || !host || !is_same_site(*origin, *host);
    }
    const std::string_view site = head.headers["Sec-Fetch-Site"];
    const bool cross_site = site == "cross-site" || site == "same-site";
    return cross_site && std::string_view(head.headers["Sec-Fetch-Mode"]) != "navigate";
}

}  // namespace

bool is_secret(std::string_view path) {
    return path.starts_with("/api") || path == "/metrics";
}

std::optional<ApiError> check_browser(const http::Request& head, const Access& access) {
    const auto host = requested_host(head);
    if (is_cross_site(head, host)) return ApiError{403, "cross-origin request denied"};
    if (!access.tokens.empty() || (host && host->is_unspoofable())) return std::nullopt;
    return ApiError{
        403, "host name denied: without a token in the configuration only localhost and IP addresses are allowed"};
}

const config::AdminToken* find_token(const http::Request& head, const Access& access) {
    const std::string_view given = head.headers[field::authorization];
    const config::AdminToken* found = nullptr;
    for (const auto& token : access.tokens) {
        const std::string expected = "Bearer " + token.token;
        if (given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0)
            found = &token;
    }
    return found;
}

std::string_view explain_missing_token(const http::Request& head) {
    const std::string_view given = head.headers[field::authorization];
    if (given.empty()) return "a token is required: Authorization: Bearer TOKEN";
    return given.starts_with("Bearer ") ? "the token is wrong"
                                        : "the Authorization header must be: Authorization: Bearer TOKEN";
}

}  // namespace pintle::admin
