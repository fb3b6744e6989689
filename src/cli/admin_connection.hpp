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

#include "admin_client.hpp"
#include "pintle/base/asio.hpp"

// A connection to the admin listener, for a request or a stream.
namespace pintle::cli {

template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;
using AdminTcp = boost::beast::basic_stream<boost::asio::ip::tcp, Executor>;

// Connects, and sends a request. Throws boost::system::system_error.
Awaitable<void> send_admin_request(AdminTcp& stream, const AdminAddress& address, boost::beast::http::verb method,
                                   const std::string& target, const std::string& body = {});

}  // namespace pintle::cli
