#include "admin_client.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "admin_connection.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/terminal_text.hpp"
#include "pintle/cli/app.hpp"
#include "pintle/config/values.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::uint64_t max_response = 1U << 30U;

Awaitable<void> exchange(boost::asio::io_context& io, const AdminAddress& address, beast_http::verb method,
                         const std::string& target, std::chrono::seconds timeout, const std::string& body,
                         AdminResponse& result) {
    AdminTcp stream(io);
    co_await send_admin_request(stream, address, method, target, body);
    stream.expires_after(timeout);
    boost::beast::flat_buffer buffer;
    beast_http::response_parser<beast_http::string_body> parser;
    parser.body_limit(max_response);
    co_await beast_http::async_read(stream, buffer, parser, awaiting);
    auto response = parser.release();
    result.body = std::move(response.body());
    result.status = response.result_int();
}

std::string reason_in(const AdminResponse& result) {
    const auto document = parse_json(result.body);
    if (document.is_object() && document.contains("error") && document["error"].is_string()) {
        return text::shown(document["error"].get<std::string>());
    }
    return "status " + std::to_string(result.status);
}

bool is_port(const std::string& text) {
    return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string AdminAddress::text() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

AdminAddress admin_address(const config::Config& config) {
    AdminAddress address{config.admin_listen.host, std::to_string(config.admin_listen.port), config.admin_token};
    for (const auto role :
         {config::AdminRole::operate, config::AdminRole::read}) {  // a token that only reads is the last
        for (const auto& token : config.admin_tokens) {
            if (address.token.empty() && token.role == role) address.token = token.token;
        }
    }
    if (address.host == "0.0.0.0") address.host = "127.0.0.1";
    if (address.host == "::") address.host = "::1";
    return address;
}

std::string read_admin_address(const std::string& text, AdminAddress& address) {
    const auto wrong = [&] { return config::in_quotes(text) + " is not an address; allowed: http://HOST:PORT"; };
    std::string rest = text;
    if (rest.starts_with("https://")) return config::in_quotes(text) + ": the admin listener speaks http, not https";
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

AdminResponse send_admin_request(const AdminAddress& address, beast_http::verb method, const std::string& target,
                                 std::chrono::seconds timeout, const std::string& body) {
    AdminResponse result;
    boost::asio::io_context io;
    boost::asio::co_spawn(io, exchange(io, address, method, target, timeout, body, result),
                          [&](const std::exception_ptr& error) {
                              if (!error) return;
                              try {
                                  std::rethrow_exception(error);
                              } catch (const boost::system::system_error& fault) {
                                  result = {0, fault.code().message()};
                              }
                          });
    io.run();
    return result;
}

admin::ApiError error_of(const AdminResponse& result, const AdminAddress& address) {
    if (result.status == 0) return {0, "no daemon answers at " + address.text() + " (" + result.body + ")"};
    if (result.status == 401 && !address.token.empty()) {
        return {401, "the daemon at " + address.text() + " does not accept the token" +
                         (address.token_origin.empty() ? "" : " from " + address.token_origin) +
                         "; SIGHUP makes it load another one"};
    }
    if (result.status == 401) {
        return {401, "the daemon at " + address.text() +
                         " requires a token: --token, PINTLE_ADMIN_TOKEN, or --config with a file that contains it" +
                         (address.token_origin.empty() ? "" : "; " + address.token_origin)};
    }
    if (result.status == 200) return {502, address.text() + " did not respond like pintle's admin API"};
    return {result.status, reason_in(result)};
}

int report_error(const admin::ApiError& error) {
    std::cerr << "pintle: " << error.message << '\n';
    return error.status == 400 ? exit_usage : exit_failed;
}

int report_error_of_filter(const admin::ApiError& error, const std::string& destination) {
    const int code = report_error(error);
    return error.status == 404 && !destination.empty() ? exit_usage : code;
}

admin::ApiResult<std::string> fetch_json(const AdminAddress& address, beast_http::verb method,
                                         const std::string& target, std::chrono::seconds timeout,
                                         const std::string& body) {
    auto result = send_admin_request(address, method, target, timeout, body);
    if (result.status != 200 || !nlohmann::json::accept(result.body)) return error_of(result, address);
    return std::move(result.body);
}

}  // namespace pintle::cli
