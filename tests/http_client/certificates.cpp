#include "certificates.hpp"

#include <unistd.h>

#include <fstream>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

namespace pintle::http::client {
namespace {

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL refused to make a certificate");
}

std::string content(BIO* bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, int what, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
    check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

Cert begin(EVP_PKEY* key, const std::string& name, std::chrono::seconds lifetime) {
    static long serial = 1;
    Cert certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), lifetime.count());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    check(X509_set_pubkey(certificate.get(), key) == 1);
    return certificate;
}

Certificate finish(X509* certificate, EVP_PKEY* key, EVP_PKEY* signer) {
    check(X509_sign(certificate, signer, EVP_sha256()) != 0);
    const Bio out(BIO_new(BIO_s_mem()));
    const Bio key_out(BIO_new(BIO_s_mem()));
    check(PEM_write_bio_X509(out.get(), certificate) == 1);
    check(PEM_write_bio_PrivateKey(key_out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return {content(out.get()), content(key_out.get())};
}

}  // namespace

Certificate make_authority() {
    const Key key(EVP_EC_gen("P-256"));
    const Cert certificate = begin(key.get(), "Authority of a test", std::chrono::hours{1});
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate.get(), NID_key_usage, "critical,keyCertSign");
    return finish(certificate.get(), key.get(), key.get());
}

Certificate make_certificate(const Certificate& authority, const std::string& host, std::chrono::seconds lifetime) {
    const Bio issuer_text(BIO_new_mem_buf(authority.certificate.data(), -1));
    const Bio issuer_key_text(BIO_new_mem_buf(authority.key.data(), -1));
    const Cert issuer(PEM_read_bio_X509(issuer_text.get(), nullptr, nullptr, nullptr));
    const Key issuer_key(PEM_read_bio_PrivateKey(issuer_key_text.get(), nullptr, nullptr, nullptr));
    check(issuer && issuer_key);

    const Key key(EVP_EC_gen("P-256"));
    const Cert certificate = begin(key.get(), host, lifetime);
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get()));
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(host, not_an_address);
    add_extension(certificate.get(), NID_subject_alt_name, (not_an_address ? "DNS:" : "IP:") + host);
    return finish(certificate.get(), key.get(), issuer_key.get());
}

std::string write_file(const std::string& name, const std::string& content) {
    std::string path = testing::TempDir() + "pintle_" + std::to_string(::getpid()) + "_" + name;
    std::ofstream(path) << content;
    return path;
}

}  // namespace pintle::http::client
