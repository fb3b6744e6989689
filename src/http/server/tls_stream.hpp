#pragma once

#include <cstddef>
#include <memory>

#include <openssl/ssl.h>
#include <boost/asio/buffer.hpp>

#include "shard.hpp"

namespace pintle::http {

// The server's side of a TLS connection. Its operations never wait: where they would, the error is `would_block`, and
// `wanted` is what the socket has to be ready for. It reads and writes the socket itself, without buffers of its own:
// Asio's stream has 68 KB of them, which thousands of idle connections cannot have.
class TlsStream {
public:
    // Throws std::bad_alloc.
    TlsStream(Socket socket, SSL_CTX* context);

    Socket& socket() noexcept { return socket_; }
    Socket::wait_type wanted() const noexcept { return wanted_; }
    bool has_unread() const noexcept { return SSL_pending(ssl_.get()) > 0; }  // beside what is in the socket

    void handshake(boost::system::error_code& ec);
    std::size_t read_some(boost::asio::mutable_buffer buffer, boost::system::error_code& ec);
    std::size_t write_some(boost::asio::const_buffer buffer, boost::system::error_code& ec);
    void shut_down(boost::system::error_code& ec);  // tells the other side; does not hear it

private:
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };

    bool is_closed(boost::system::error_code& ec) const;
    boost::system::error_code error_of(int result);

    Socket socket_;
    std::unique_ptr<int> file_;  // the socket's, where OpenSSL finds it wherever this moves
    std::unique_ptr<SSL, Free> ssl_;
    Socket::wait_type wanted_ = Socket::wait_read;
};

}  // namespace pintle::http
