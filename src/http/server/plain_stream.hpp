#pragma once

#include <cstddef>
#include <utility>

#include <boost/asio/buffer.hpp>

#include "shard.hpp"

namespace pintle::http {

// A TCP connection whose operations never wait: where they would, the error is `would_block`, and `wanted` is what the
// socket has to be ready for.
class PlainStream {
public:
    explicit PlainStream(Socket socket) : socket_(std::move(socket)) {
        boost::system::error_code ignored;
        socket_.non_blocking(true, ignored);
    }

    Socket& socket() noexcept { return socket_; }
    Socket::wait_type wanted() const noexcept { return wanted_; }
    bool has_unread() const noexcept { return false; }  // beside what is in the socket

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
