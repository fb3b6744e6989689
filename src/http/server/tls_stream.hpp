#pragma once

#include <cstddef>
#include <memory>

#include <openssl/ssl.h>
#include <boost/asio/buffer.hpp>

#include "shard.hpp"

namespace pintle::http {

// The server's side of a TLS connection, with non-blocking operations: after the error `would_block`, wait until the
// socket is ready for `wanted`. OpenSSL uses the socket directly. Asio's stream has buffers of 68 KB, which is too much
// for thousands of idle connections.
class TlsStream {
public:
    // Throws std::bad_alloc.
    TlsStream(Socket socket, SSL_CTX* context);

    Socket& socket() noexcept { return socket_; }
    Socket::wait_type wanted() const noexcept { return wanted_; }
    bool has_unread() const noexcept { return SSL_pending(ssl_.get()) > 0; }  // besides the socket's buffer

    void handshake(boost::system::error_code& ec);
    std::size_t read_some(boost::asio::mutable_buffer buffer, boost::system::error_code& ec);
    std::size_t write_some(boost::asio::const_buffer buffer, boost::system::error_code& ec);
    void shut_down(boost::system::error_code& ec);  // sends close_notify; does not wait for the client's

private:
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };

    bool is_closed(boost::system::error_code& ec) const;
    boost::system::error_code error_of(int result);

    Socket socket_;
    std::unique_ptr<int> file_;  // the socket's; OpenSSL points to it, so its address must not change
    std::unique_ptr<SSL, Free> ssl_;
    Socket::wait_type wanted_ = Socket::wait_read;
};

}  // namespace pintle::http
