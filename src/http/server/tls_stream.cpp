#include "tls_stream.hpp"

#include <cerrno>
#include <memory>
#include <new>
#include <utility>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace pintle::http {
namespace {

// OpenSSL's own BIO for sockets raises SIGPIPE.
int socket_of(BIO* bio) {
    return *static_cast<const int*>(BIO_get_data(bio));
}

bool is_temporary(int error) {
    return error == EAGAIN || error == EINTR;
}

int write_bio(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    const auto sent = ::send(socket_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent < 0 && is_temporary(errno)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int read_bio(BIO* bio, char* data, int size) {
    BIO_clear_retry_flags(bio);
    const auto got = ::recv(socket_of(bio), data, static_cast<std::size_t>(size), 0);
    if (got < 0 && is_temporary(errno)) BIO_set_retry_read(bio);
    return static_cast<int>(got);
}

long control_bio(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create_bio(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
}

const BIO_METHOD* socket_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket");
        if (made == nullptr) throw std::bad_alloc();
        BIO_meth_set_create(made, create_bio);
        BIO_meth_set_read(made, read_bio);
        BIO_meth_set_write(made, write_bio);
        BIO_meth_set_ctrl(made, control_bio);
        return made;
    }();
    return method;
}

}  // namespace

TlsStream::TlsStream(Socket socket, SSL_CTX* context)
    : socket_(std::move(socket)), file_(std::make_unique<int>(socket_.native_handle())), ssl_(SSL_new(context)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    BIO* bio = ssl_ ? BIO_new(socket_method()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, file_.get());
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

// Another file may have the descriptor of a closed socket.
bool TlsStream::is_closed(boost::system::error_code& ec) const {
    if (!socket_.is_open()) ec = boost::asio::error::bad_descriptor;
    return !socket_.is_open();
}

void TlsStream::handshake(boost::system::error_code& ec) {
    if (is_closed(ec)) return;
    ERR_clear_error();
    ec = error_of(SSL_do_handshake(ssl_.get()));
}

std::size_t TlsStream::read_some(boost::asio::mutable_buffer buffer, boost::system::error_code& ec) {
    if (is_closed(ec)) return 0;
    std::size_t size = 0;
    ERR_clear_error();
    ec = error_of(SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size));
    return size;
}

std::size_t TlsStream::write_some(boost::asio::const_buffer buffer, boost::system::error_code& ec) {
    if (is_closed(ec)) return 0;
    std::size_t size = 0;
    ERR_clear_error();
    ec = error_of(SSL_write_ex(ssl_.get(), buffer.data(), buffer.size(), &size));
    return size;
}

void TlsStream::shut_down(boost::system::error_code& ec) {
    if (is_closed(ec)) return;
    ERR_clear_error();
    const int result = SSL_shutdown(ssl_.get());
    ec = result == 0 ? boost::system::error_code{} : error_of(result);  // 0: sent, and the client's is not received yet
}

boost::system::error_code TlsStream::error_of(int result) {
    if (result > 0) return {};
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: wanted_ = Socket::wait_read; return boost::asio::error::would_block;
        case SSL_ERROR_WANT_WRITE: wanted_ = Socket::wait_write; return boost::asio::error::would_block;
        case SSL_ERROR_ZERO_RETURN: return boost::asio::error::eof;
        case SSL_ERROR_SYSCALL: return boost::asio::error::connection_reset;
        default: break;
    }
    const auto error = static_cast<int>(ERR_get_error());
    if (error == 0) return boost::asio::error::connection_reset;
    return {error, boost::asio::error::get_ssl_category()};
}

}  // namespace pintle::http
