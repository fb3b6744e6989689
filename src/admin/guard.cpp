#include "admin/guard.hpp"

#include <string>

#include <openssl/crypto.h>
#include <boost/asio/ip/address.hpp>

namespace pintle::admin {
namespace {

using boost::beast::http::field;

// What may be told to anybody who can connect: whether it lives and takes events, and the page without its contents.
bool is_secret(std::string_view path) {
    return path.starts_with("/api") || path == "/metrics";
}

std::string_view without_port(std::string_view authority) {
    if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
    return authority.substr(0, authority.rfind(':'));
}

// A name of somebody else's may have been made to point here, so that a page of theirs reads what is here (DNS
// rebinding). Nobody owns an address or localhost.
bool is_own_name(std::string_view authority) {
    const auto host = without_port(authority);
    if (host == "localhost" || host.ends_with(".localhost")) return true;
    boost::system::error_code error;
    boost::asio::ip::make_address(std::string(host), error);
    return !error;
}

// Whether a browser asks this for a page of another site.
bool is_for_another_site(const http::Request& head) {
    const std::string_view origin = head.headers[field::origin];
    if (origin.empty()) return false;
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos || origin.substr(scheme + 3) != std::string_view(head.headers[field::host]);
}

bool has_token(const http::Request& head, const std::string& token) {
    const std::string_view given = head.headers[field::authorization];
    const std::string expected = "Bearer " + token;
    return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0;
}

}  // namespace

std::optional<Fault> keep_out(const http::Request& head, const Access& access) {
    if (!is_secret(head.path)) return std::nullopt;
    if (is_for_another_site(head)) return Fault{403, "a page of another site may not do that"};
    if (!access.token.empty()) {
        if (has_token(head, access.token)) return std::nullopt;
        return Fault{401, "admin.token is asked for: Authorization: Bearer TOKEN"};
    }
    if (is_own_name(head.headers[field::host])) return std::nullopt;
    return Fault{403, "without admin.token only localhost and IP addresses are answered, not every name"};
}

}  // namespace pintle::admin
