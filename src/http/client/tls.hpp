#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/base/http_message.hpp"

namespace pintle::http::client {

// The latest TLS session with one endpoint, which the next connection resumes.
class TlsSession {
public:
    TlsSession() = default;
    ~TlsSession() { drop(); }
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    void keep(SSL_SESSION* session);  // takes ownership
    void drop();
    SSL_SESSION* get() const noexcept { return session_; }

private:
    SSL_SESSION* session_ = nullptr;
};

// A client's context: TLS 1.2 and later, the system's certificates and those of `ca_file` (empty: none) trusted.
// Throws std::runtime_error if `ca_file` cannot be read.
boost::asio::ssl::context make_tls_context(const std::string& ca_file);

// Before the handshake: sends the host's name and requires a certificate for it. `session` must outlive `ssl`.
void prepare_tls(SSL* ssl, const std::string& host, TlsSession& session);

// The error of a handshake, for people.
std::string tls_error(SSL* ssl, const boost::system::error_code& error);

// Whether another handshake would fail as well. `none` where the connection broke.
LastingError kind_of(SSL* ssl, const boost::system::error_code& error);

}  // namespace pintle::http::client
