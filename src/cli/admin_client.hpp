#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/beast/http/verb.hpp>

#include "pintle/admin/dead_letters.hpp"
#include "pintle/config/config.hpp"

namespace pintle::cli {

// Where a running daemon's admin listener is.
struct AdminAddress {
    std::string host;  // a name or an IP address, without brackets
    std::string port;
    std::string token;

    std::string text() const;  // host:port
};

// Of the configured daemon, as seen from the same host.
AdminAddress admin_address(const config::Config& config);

// http://host:port, or without the scheme; `address` keeps its token. What is wrong with it, for people; empty if
// nothing is.
std::string read_admin_address(const std::string& text, AdminAddress& address);

struct AdminResponse {
    unsigned status = 0;  // 0: there was none
    std::string body;     // or why there was none
};

// How long an answer may take: a step may wait for a slow disk.
inline constexpr std::chrono::seconds default_timeout{60};

// One request, blocking, with a time limit.
AdminResponse send_admin_request(const AdminAddress& address, boost::beast::http::verb method,
                                 const std::string& target, std::chrono::seconds timeout = default_timeout);

// What is wrong with an answer that is not what was asked for, for people.
admin::ApiError error_of(const AdminResponse& answer, const AdminAddress& address);

// The same request, and its JSON where the answer is 200.
admin::ApiResult<std::string> fetch_json(const AdminAddress& address, boost::beast::http::verb method,
                                         const std::string& target, std::chrono::seconds timeout = default_timeout);

}  // namespace pintle::cli
