#include "admin_connection.hpp"
#include "pintle/base/asio.hpp"

#include <boost/asio/connect.hpp>
#include <boost/beast/http.hpp>

namespace pintle::cli {
namespace {

namespace beast_http = boost::beast::http;
using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;

constexpr std::chrono::seconds time_to_connect{5};

beast_http::request<beast_http::string_body> make_request(const AdminAddress& address, beast_http::verb method,
                                                          const std::string& target, const std::string& body) {
    beast_http::request<beast_http::string_body> request(method, target, 11, body);
    request.set(beast_http::field::host, address.text());
    request.set(beast_http::field::user_agent, "pintle/" PINTLE_VERSION);
    if (!address.token.empty()) request.set(beast_http::field::authorization, "Bearer " + address.token);
    request.prepare_payload();
    return request;
}

}  // namespace

Awaitable<void> send_admin_request(AdminTcp& stream, const AdminAddress& address, beast_http::verb method,
                                   const std::string& target, const std::string& body) {
    const auto request = make_request(address, method, target, body);
    Resolver resolver(stream.get_executor());
    const auto endpoints = co_await resolver.async_resolve(address.host, address.port, awaiting);
    stream.expires_after(time_to_connect);
    co_await stream.async_connect(endpoints, awaiting);
    co_await beast_http::async_write(stream, request, awaiting);
}

}  // namespace pintle::cli
