#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/beast/http/verb.hpp>

#include "pintle/app/config.hpp"

namespace pintle::app {

// Where a running daemon's admin listener is.
struct AdminAddress {
    std::string host;  // a name or an IP address, without brackets
    std::string port;
    std::string token;

    std::string text() const;  // host:port
};

// Of the configured daemon, as seen from the same host.
AdminAddress admin_address(const Config& config);

// http://host:port, or without the scheme; `address` keeps its token. What is wrong with it, for people; empty if
// nothing is.
std::string read_admin_address(const std::string& text, AdminAddress& address);

struct AdminAnswer {
    unsigned status = 0;  // 0: there was none
    std::string body;     // or why there was none
};

// One request, blocking, with a time limit.
AdminAnswer ask_admin(const AdminAddress& address, boost::beast::http::verb method, const std::string& target);

}  // namespace pintle::app
