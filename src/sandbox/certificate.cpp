#include "certificate.hpp"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <boost/asio/ip/address.hpp>

namespace pintle::sandbox {

namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const noexcept {
        free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

// Destinations other than pintle reach the sandbox by these.
constexpr std::array<const char*, 2> track_api_names{"track.customer.io", "track-eu.customer.io"};

constexpr long validity = 10L * 365 * 24 * 3600;  // seconds
constexpr long renew_before = 30L * 24 * 3600;    // seconds

void require(bool done, const char* what) {
    if (done) return;
    const char* reason = ERR_reason_error_string(ERR_get_error());
    throw std::runtime_error(std::string("certificate: ") + what + ": " + (reason == nullptr ? "failed" : reason));
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "make a key");
    return key;
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

// Unsigned. Without an `issuer` it is self-issued.
Cert make_certificate(const char* common_name, EVP_PKEY* key, X509* issuer) {
    Cert certificate(X509_new());
    require(certificate != nullptr, "make a certificate");
    std::uint64_t serial = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "draw a serial number");
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
    X509_set_version(certificate.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);  // for clients with a slow clock
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name), -1, -1,
                               0);
    X509_set_issuer_name(certificate.get(), issuer == nullptr ? name : X509_get_subject_name(issuer));
    return certificate;
}

Cert make_ca(EVP_PKEY* key) {
    Cert ca = make_certificate("pintle sandbox CA", key, nullptr);
    add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign");
    add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
    require(X509_sign(ca.get(), key, EVP_sha256()) > 0, "sign the CA");
    return ca;
}

Cert make_leaf(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key, const std::vector<std::string>& names) {
    Cert leaf = make_certificate("pintle sandbox", key, ca);
    std::string subjects = "DNS:localhost,IP:127.0.0.1,IP:::1";
    for (const std::string& name : names) {
        boost::system::error_code no_address;
        boost::asio::ip::make_address(name, no_address);
        subjects += (no_address ? ",DNS:" : ",IP:") + name;
    }
    add_extension(leaf.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(leaf.get(), ca, NID_key_usage, "critical,digitalSignature");
    add_extension(leaf.get(), ca, NID_ext_key_usage, "serverAuth");
    add_extension(leaf.get(), ca, NID_subject_alt_name, subjects);
    add_extension(leaf.get(), ca, NID_authority_key_identifier, "keyid:always");
    require(X509_sign(leaf.get(), ca_key, EVP_sha256()) > 0, "sign the certificate");
    return leaf;
}

// Written under another name first, so that no reader sees a part of the file.
template <class Write>
void write_pem(const std::string& path, mode_t mode, Write write) {
    const std::string fresh = path + ".new";
    const auto failed = [&](const std::string& name) {
        throw std::runtime_error("cannot write " + name + ": " + std::strerror(errno));
    };
    ::unlink(fresh.c_str());
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0) failed(fresh);
    const Bio bio(BIO_new_fd(descriptor, BIO_CLOSE));
    if (write(bio.get()) != 1) failed(fresh);
    if (::rename(fresh.c_str(), path.c_str()) != 0) failed(path);
}

Cert read_certificate(const std::string& path) {
    const Bio bio(BIO_new_file(path.c_str(), "r"));
    return Cert(bio == nullptr ? nullptr : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

Key read_key(const std::string& path) {
    const Bio bio(BIO_new_file(path.c_str(), "r"));
    return Key(bio == nullptr ? nullptr : PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

bool usable(const Certificate& files, const std::vector<std::string>& names) {
    const Cert ca = read_certificate(files.ca);
    const Cert leaf = read_certificate(files.leaf);
    const Key key = read_key(files.key);
    ERR_clear_error();  // errors of missing files
    if (ca == nullptr || leaf == nullptr || key == nullptr) return false;
    if (X509_check_private_key(leaf.get(), key.get()) != 1) return false;
    if (X509_verify(leaf.get(), X509_get0_pubkey(ca.get())) != 1) return false;
    std::time_t soon = std::time(nullptr) + renew_before;
    if (X509_cmp_time(X509_get0_notAfter(leaf.get()), &soon) <= 0) return false;
    for (const std::string& name : names) {
        if (X509_check_host(leaf.get(), name.data(), name.size(), 0, nullptr) != 1) return false;
    }
    return true;
}

}  // namespace

Certificate provide_certificate(const std::string& directory, const std::vector<std::string>& more_names) {
    std::vector<std::string> names(track_api_names.begin(), track_api_names.end());
    names.insert(names.end(), more_names.begin(), more_names.end());
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw std::runtime_error("cannot make " + directory + ": " + error.message());
    const std::filesystem::path folder(directory);
    Certificate files{(folder / "ca.pem").string(), (folder / "certificate.pem").string(),
                      (folder / "key.pem").string()};
    if (usable(files, names)) return files;

    const Key ca_key = make_key();
    const Key key = make_key();
    const Cert ca = make_ca(ca_key.get());
    const Cert leaf = make_leaf(key.get(), ca.get(), ca_key.get(), names);
    write_pem(files.ca, 0644, [&](BIO* out) { return PEM_write_bio_X509(out, ca.get()); });
    write_pem(files.leaf, 0644, [&](BIO* out) { return PEM_write_bio_X509(out, leaf.get()); });
    write_pem(files.key, 0600, [&](BIO* out) {
        return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return files;
}

}  // namespace pintle::sandbox
