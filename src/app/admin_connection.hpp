#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "app/admin_client.hpp"

// What one request to the admin listener and a stream from it have in common.
namespace pintle::app {

using AdminExecutor = boost::asio::io_context::executor_type;
template <class T>
using AdminAwaitable = boost::asio::awaitable<T, AdminExecutor>;
using AdminTcp = boost::beast::basic_stream<boost::asio::ip::tcp, AdminExecutor>;

inline constexpr boost::asio::use_awaitable_t<AdminExecutor> admin_awaiting{};

// Connects, and sends a request without a body. Throws boost::system::system_error.
AdminAwaitable<void> send_admin_request(AdminTcp& stream, const AdminAddress& address, boost::beast::http::verb method,
                                        const std::string& target);

}  // namespace pintle::app
