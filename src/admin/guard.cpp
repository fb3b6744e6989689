#include "guard.hpp"

#include <string>

#include <openssl/crypto.h>

#include "authority.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::field;

// Of a target in its absolute form, which counts before the Host header (RFC 9112, 3.2.2), or of that.
std::optional<Authority> asked_host(const http::Request& head) {
    if (const auto scheme = head.target.find("://");
        !head.target.starts_with('/') && scheme != std::string_view::npos) {
        const auto rest = head.target.substr(scheme + 3);
        return parse_authority(rest.substr(0, rest.find_first_of("/?")));
    }
    return parse_authority(head.headers[field::host]);
}

// The port of a request that names none is that of the page's scheme: a proxy may speak another to us.
bool is_same_site(const Authority& origin, const Authority& host) {
    const bool usual_port = origin.port == 80 || origin.port == 443;
    return origin.host == host.host && (host.port ? origin.port == host.port : usual_port);
}

// A browser tells so with Origin, or, of what it gets without asking first, with Sec-Fetch-Site. Who follows a link is
// let through.
bool is_for_another_site(const http::Request& head, const std::optional<Authority>& host) {
    if (const std::string_view text = head.headers[field::origin]; !text.empty()) {
        const auto origin = parse_origin(text);
        return !origin || !host || !is_same_site(*origin, *host);
    }
    const std::string_view site = head.headers["Sec-Fetch-Site"];
    const bool another = site == "cross-site" || site == "same-site";
    return another && std::string_view(head.headers["Sec-Fetch-Mode"]) != "navigate";
}

}  // namespace

bool is_secret(std::string_view path) {
    return path.starts_with("/api") || path == "/metrics";
}

std::optional<ApiError> refuse_browser(const http::Request& head, const Access& access) {
    const auto host = asked_host(head);
    if (is_for_another_site(head, host)) return ApiError{403, "a page of another site may not do that"};
    if (!access.token.empty() || (host && host->is_nobodys())) return std::nullopt;
    return ApiError{403, "without admin.token only localhost and IP addresses are answered, not every name"};
}

bool has_token(const http::Request& head, const Access& access) {
    const std::string_view given = head.headers[field::authorization];
    const std::string expected = "Bearer " + access.token;
    return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

}  // namespace pintle::admin
