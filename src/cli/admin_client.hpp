#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/beast/http/verb.hpp>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/config/config.hpp"

namespace pintle::cli {

// The address of a running daemon's admin listener.
struct AdminAddress {
    std::string host;  // a name or an IP address, without brackets
    std::string port;
    std::string token;
    // What the token is from, for people; without a token: why it is not known. Few callers name it.
    std::string token_origin = {};  // NOLINT(readability-redundant-member-init): GCC asks each caller for it otherwise

    std::string text() const;  // host:port
};

// Of the configured daemon, seen from this host.
AdminAddress admin_address(const config::Config& config);

// http://host:port, or without the scheme; `address` keeps its token. What is wrong with it, for people; empty if
// nothing is.
std::string read_admin_address(const std::string& text, AdminAddress& address);

struct AdminResponse {
    unsigned status = 0;  // 0: no response
    std::string body;     // or why there is no response
};

// Long enough for a slow disk.
inline constexpr std::chrono::seconds default_timeout{60};

// Sends one request and blocks until its response, or for `timeout`.
AdminResponse send_admin_request(const AdminAddress& address, boost::beast::http::verb method,
                                 const std::string& target, std::chrono::seconds timeout = default_timeout,
                                 const std::string& body = {});

// Describes a response that is not 200, for people.
admin::ApiError error_of(const AdminResponse& answer, const AdminAddress& address);

// Prints the error to stderr and returns the exit code for it.
int report_error(const admin::ApiError& error);

// The same for a request that `--destination` limits to a destination: a name that does not exist is a wrong command
// line.
int report_error_of_filter(const admin::ApiError& error, const std::string& destination);

// The same request: its JSON where the response is 200.
admin::ApiResult<std::string> fetch_json(const AdminAddress& address, boost::beast::http::verb method,
                                         const std::string& target, std::chrono::seconds timeout = default_timeout,
                                         const std::string& body = {});

}  // namespace pintle::cli
