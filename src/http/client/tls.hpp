#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

namespace pintle::http::client {

// The latest TLS session with one endpoint, so that the next connection to it need not begin from nothing.
class TlsSession {
public:
    TlsSession() = default;
    ~TlsSession() { drop(); }
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    void keep(SSL_SESSION* session);  // takes it over
    void drop();
    SSL_SESSION* get() const noexcept { return session_; }

private:
    SSL_SESSION* session_ = nullptr;
};

// A client's context: TLS 1.2 and later, the system's certificates and those of `ca_file` (empty: none) trusted.
// Throws std::runtime_error where `ca_file` cannot be read.
boost::asio::ssl::context make_tls_context(const std::string& ca_file);

// Before the handshake: the host's name is sent and its certificate must be for it. `session` must outlive `ssl`.
void prepare_tls(SSL* ssl, const std::string& host, TlsSession& session);

// What was wrong with a handshake, for people.
std::string tls_error(SSL* ssl, const boost::system::error_code& error);

}  // namespace pintle::http::client
