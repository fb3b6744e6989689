#pragma once

#include <cstddef>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "shard.hpp"

namespace pintle::http {

// A TCP connection with non-blocking operations: after the error `would_block`, wait until the socket is ready for
// `wanted`.
class PlainStream {
public:
    explicit PlainStream(Socket socket) : socket_(std::move(socket)) {
        boost::system::error_code ignored;
        socket_.non_blocking(true, ignored);
    }

    Socket& socket() noexcept { return socket_; }
    Socket::wait_type wanted() const noexcept { return wanted_; }
    bool has_unread() const noexcept { return false; }  // besides the socket's buffer

    std::size_t read_some(boost::asio::mutable_buffer buffer, boost::system::error_code& ec) {
        wanted_ = Socket::wait_read;
        return socket_.read_some(buffer, ec);
    }

    std::size_t write_some(boost::asio::const_buffer buffer, boost::system::error_code& ec) {
        wanted_ = Socket::wait_write;
        return socket_.write_some(buffer, ec);
    }

private:
    Socket socket_;
    Socket::wait_type wanted_ = Socket::wait_read;
};

}  // namespace pintle::http
