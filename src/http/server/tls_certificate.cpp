#include "pintle/http/server/tls_certificate.hpp"

#include <stdexcept>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/base/certificate_expiry.hpp"
#include "pintle/base/files.hpp"

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

// A key of the certificate's algorithm that is not its key.
bool is_mismatch(boost::system::error_code ec) {
    const auto error = static_cast<unsigned long>(ec.value());
    return ec && ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
}

}  // namespace

TlsCertificate::TlsCertificate(const std::string& certificate, const std::string& key)
    : chain_(content("certificate", certificate)) {
    using boost::asio::ssl::context;
    SSL_CTX* const native = context_.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(native,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    boost::system::error_code ec;
    context_.use_certificate_chain(boost::asio::buffer(chain_), ec);
    require(ec, "certificate", certificate);
    context_.use_private_key(boost::asio::buffer(content("key", key)), context::pem, ec);
    const bool mismatch = is_mismatch(ec);
    if (!mismatch) require(ec, "key", key);
    if (mismatch || SSL_CTX_check_private_key(native) != 1) {
        throw std::runtime_error("the TLS key " + key + " does not belong to the certificate " + certificate);
    }
    expires_ = first_expiry(chain_).value_or(WallTime{});
}

}  // namespace pintle::http
