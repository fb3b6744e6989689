#include "tls.hpp"

#include <stdexcept>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include "pintle/base/files.hpp"

namespace pintle::http::client {
namespace {

namespace ssl = boost::asio::ssl;

// The index at which an SSL stores the pointer to its TlsSession.
int session_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int on_new_session(SSL* connection, SSL_SESSION* session) {
    static_cast<TlsSession*>(SSL_get_ex_data(connection, session_index()))->keep(session);
    return 1;  // takes ownership
}

// A server sends no certificate when a session is resumed, so an expired one would not be noticed.
bool has_expired(SSL_SESSION* session) {
    const X509* certificate = SSL_SESSION_get0_peer(session);
    return certificate == nullptr || X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0;
}

void trust(ssl::context& context, const std::string& ca_file) {
    std::string pem;
    try {
        pem = files::read(ca_file, files::max_pem, files::Kind::regular);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("ca_file " + ca_file + ": " + error.what());
    }
    boost::system::error_code error;
    context.add_certificate_authority(boost::asio::buffer(pem), error);
    if (error) throw std::runtime_error("ca_file " + ca_file + ": cannot be read as PEM: " + error.message());
}

}  // namespace

void TlsSession::keep(SSL_SESSION* session) {
    drop();
    session_ = session;
}

void TlsSession::drop() {
    SSL_SESSION_free(session_);
    session_ = nullptr;
}

ssl::context make_tls_context(const std::string& ca_file) {
    ssl::context context(ssl::context::tls_client);
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(native, on_new_session);
    context.set_verify_mode(ssl::verify_peer);
    context.set_default_verify_paths();
    if (!ca_file.empty()) {
        trust(context, ca_file);
    }
    return context;
}

void prepare_tls(SSL* ssl, const std::string& host, TlsSession& session) {
    SSL_set_ex_data(ssl, session_index(), &session);
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    if (not_an_address) {
        SSL_set_tlsext_host_name(ssl, host.c_str());
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    }
    if (session.get() != nullptr && has_expired(session.get())) session.drop();
    if (session.get() != nullptr) SSL_set_session(ssl, session.get());
}

std::string tls_error(SSL* ssl, const boost::system::error_code& error) {
    const auto verified = SSL_get_verify_result(ssl);
    if (verified == X509_V_OK) return error.message();
    return std::string("certificate verify failed (") + X509_verify_cert_error_string(verified) + ")";
}

LastingError kind_of(SSL* ssl, const boost::system::error_code& error) {
    switch (SSL_get_verify_result(ssl)) {
        case X509_V_OK: break;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH: return LastingError::wrong_host_name;
        default: return LastingError::untrusted_certificate;
    }
    return error.category() == boost::asio::error::get_ssl_category() ? LastingError::no_tls : LastingError::none;
}

}  // namespace pintle::http::client
