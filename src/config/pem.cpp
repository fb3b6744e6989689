#include "pem.hpp"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/error_code.hpp>

namespace pintle::config {
namespace {

using boost::asio::ssl::context;

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

Bio reader_of(const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// OpenSSL would ask for a passphrase at the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*argument*/) {
    return 0;
}

Key read_key(const std::string& pem) {
    return Key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
}

Certificate read_certificate(const std::string& pem) {
    return Certificate(PEM_read_bio_X509_AUX(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
}

// OpenSSL's reason, in words where it has one: "ee key too small".
std::string reason_of(const boost::system::error_code& error) {
    const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(error.value()));
    return reason == nullptr ? error.message() : reason;
}

bool has_begin(const std::string& pem, const char* what) {
    return pem.find("-----BEGIN " + std::string(what)) != std::string::npos;
}

bool has_certificate(const std::string& pem) {
    return has_begin(pem, "CERTIFICATE-----") || has_begin(pem, "X509 CERTIFICATE-----") ||
           has_begin(pem, "TRUSTED CERTIFICATE-----");
}

bool has_key(const std::string& pem) {
    return pem.find("PRIVATE KEY-----") != std::string::npos;
}

std::string no_certificate(const std::string& pem) {
    return std::string("contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)") +
           (has_key(pem) ? ", but a private key" : "");
}

std::string damaged(const char* what, const boost::system::error_code& error) {
    return std::string("contains a ") + what + " that cannot be used: " + reason_of(error);
}

}  // namespace

std::optional<std::string> check_authorities(const std::string& pem) {
    if (!has_certificate(pem)) return no_certificate(pem);
    context tls(context::tls_client);
    boost::system::error_code error;
    tls.add_certificate_authority(boost::asio::buffer(pem), error);
    if (error) return damaged("certificate", error);
    return std::nullopt;
}

std::optional<std::string> check_certificate(const std::string& pem) {
    if (!has_certificate(pem)) return no_certificate(pem);
    context tls(context::tls_server);
    boost::system::error_code error;
    tls.use_certificate_chain(boost::asio::buffer(pem), error);
    if (error) return damaged("certificate", error);
    return std::nullopt;
}

std::optional<std::string> check_private_key(const std::string& pem) {
    if (!has_key(pem)) {
        return std::string("contains no private key in PEM form (-----BEGIN PRIVATE KEY-----)") +
               (has_certificate(pem) ? ", but a certificate" : "");
    }
    if (is_encrypted_key(pem)) return "contains a key with a passphrase; only a key without one can be used";
    if (!read_key(pem)) {
        const boost::system::error_code error(static_cast<int>(ERR_get_error()),
                                              boost::asio::error::get_ssl_category());
        ERR_clear_error();
        return damaged("private key", error);
    }
    return std::nullopt;
}

bool is_key_of(const std::string& key_pem, const std::string& certificate_pem) {
    const auto key = read_key(key_pem);
    const auto certificate = read_certificate(certificate_pem);
    const bool fits = key && certificate && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    return fits;
}

bool is_encrypted_key(const std::string& pem) {
    return has_begin(pem, "ENCRYPTED PRIVATE KEY-----") || pem.find("Proc-Type: 4,ENCRYPTED") != std::string::npos;
}

}  // namespace pintle::config
