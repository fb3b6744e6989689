#include <stdexcept>

#include <openssl/ssl.h>

#include "pintle/base/files.hpp"
#include "server_state.hpp"

namespace pintle::http {
namespace {

void require(boost::system::error_code ec, std::string_view what, const std::string& file) {
    if (!ec) return;
    throw std::runtime_error("cannot use the TLS " + std::string(what) + " " + file + ": " + ec.message());
}

std::string content(std::string_view what, const std::string& file) {
    try {
        return files::read(file, files::max_pem, files::Kind::regular);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error("cannot use the TLS " + std::string(what) + " " + file + ": " + error.what());
    }
}

}  // namespace

boost::asio::ssl::context make_tls_context(const std::string& certificate, const std::string& key) {
    using boost::asio::ssl::context;
    context tls(context::tls_server);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(tls.native_handle(),
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    boost::system::error_code ec;
    tls.use_certificate_chain(boost::asio::buffer(content("certificate", certificate)), ec);
    require(ec, "certificate", certificate);
    tls.use_private_key(boost::asio::buffer(content("key", key)), context::pem, ec);
    require(ec, "key", key);
    if (SSL_CTX_check_private_key(tls.native_handle()) != 1) {
        throw std::runtime_error("the TLS key " + key + " does not belong to the certificate " + certificate);
    }
    return tls;
}

}  // namespace pintle::http
