#include "admin_stream.hpp"
#include "pintle/base/asio.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace pintle::cli {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::chrono::seconds max_silence{20};  // a keep-alive comes every 5 s

Awaitable<admin::ApiError> follow(const AdminAddress& address, const std::string& target,
                                  const std::function<void(std::string_view piece)>& take) {
    AdminTcp stream(co_await boost::asio::this_coro::executor);
    co_await send_admin_request(stream, address, beast_http::verb::get, target);
    stream.expires_after(max_silence);
    boost::beast::flat_buffer buffer;
    beast_http::response_parser<beast_http::string_body> parser;
    parser.body_limit(boost::none);
    co_await beast_http::async_read_header(stream, buffer, parser, awaiting);
    const auto status = parser.get().result_int();
    if (status != 200) {
        co_await beast_http::async_read(stream, buffer, parser, awaiting);
        co_return error_of({status, std::move(parser.get().body())}, address);
    }
    while (!parser.is_done()) {
        stream.expires_after(max_silence);
        co_await beast_http::async_read_some(stream, buffer, parser, awaiting);
        auto& piece = parser.get().body();
        if (!piece.empty()) take(piece);
        piece.clear();
    }
    co_return admin::ApiError{0, "the daemon ended the stream"};
}

}  // namespace

Awaitable<admin::ApiError> follow_admin(const AdminAddress& address, const std::string& target,
                                        const std::function<void(std::string_view piece)>& take) {
    boost::system::error_code error;
    try {
        co_return co_await follow(address, target, take);
    } catch (const boost::system::system_error& fault) {
        error = fault.code();
    }
    co_return error_of({0, error.message()}, address);
}

}  // namespace pintle::cli
