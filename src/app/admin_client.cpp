#include "app/admin_client.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "app/config_values.hpp"

namespace pintle::app {
namespace {

namespace http = boost::beast::http;
using Executor = boost::asio::io_context::executor_type;
using Tcp = boost::beast::basic_stream<boost::asio::ip::tcp, Executor>;
using Resolver = boost::asio::ip::basic_resolver<boost::asio::ip::tcp, Executor>;
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;

constexpr boost::asio::use_awaitable_t<Executor> awaiting{};
constexpr std::chrono::seconds time_to_connect{5};
constexpr std::chrono::seconds time_to_answer{60};  // a step may wait for a slow disk
constexpr std::uint64_t max_answer = 1U << 30U;

http::request<http::empty_body> make_request(const AdminAddress& address, http::verb method,
                                             const std::string& target) {
    http::request<http::empty_body> request(method, target, 11);
    request.set(http::field::host, address.text());
    request.set(http::field::user_agent, "pintle/" PINTLE_VERSION);
    if (!address.token.empty()) request.set(http::field::authorization, "Bearer " + address.token);
    request.prepare_payload();
    return request;
}

Awaitable<void> exchange(boost::asio::io_context& io, const AdminAddress& address,
                         http::request<http::empty_body> request, AdminAnswer& answer) {
    Resolver resolver(io);
    const auto endpoints = co_await resolver.async_resolve(address.host, address.port, awaiting);
    Tcp stream(io);
    stream.expires_after(time_to_connect);
    co_await stream.async_connect(endpoints, awaiting);
    stream.expires_after(time_to_answer);
    co_await http::async_write(stream, request, awaiting);
    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(max_answer);
    co_await http::async_read(stream, buffer, parser, awaiting);
    auto response = parser.release();
    answer.body = std::move(response.body());
    answer.status = response.result_int();
}

bool is_port(const std::string& text) {
    return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string AdminAddress::text() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

AdminAddress admin_address(const Config& config) {
    AdminAddress address{config.admin_listen.host, std::to_string(config.admin_listen.port), config.admin_token};
    if (address.host == "0.0.0.0") address.host = "127.0.0.1";
    if (address.host == "::") address.host = "::1";
    return address;
}

std::string read_admin_address(const std::string& text, AdminAddress& address) {
    const auto wrong = [&] { return in_quotes(text) + " is no address; allowed: http://HOST:PORT"; };
    std::string rest = text;
    if (rest.starts_with("https://")) return in_quotes(text) + ": the admin listener speaks http, not https";
    if (rest.starts_with("http://")) rest.erase(0, 7);
    if (rest.ends_with('/')) rest.pop_back();
    const auto colon = rest.rfind(':');
    if (colon == std::string::npos || colon == 0) return wrong();
    auto host = rest.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || host.find('/') != std::string::npos || !is_port(rest.substr(colon + 1))) return wrong();
    address.host = host;
    address.port = rest.substr(colon + 1);
    return {};
}

AdminAnswer ask_admin(const AdminAddress& address, http::verb method, const std::string& target) {
    AdminAnswer answer;
    boost::asio::io_context io;
    boost::asio::co_spawn(io, exchange(io, address, make_request(address, method, target), answer),
                          [&](const std::exception_ptr& error) {
                              if (!error) return;
                              try {
                                  std::rethrow_exception(error);
                              } catch (const boost::system::system_error& fault) {
                                  answer = {0, fault.code().message()};
                              }
                          });
    io.run();
    return answer;
}

}  // namespace pintle::app
