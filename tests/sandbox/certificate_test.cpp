#include "certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace pintle::sandbox {
namespace {

class CertificateTest : public testing::Test {
protected:
    CertificateTest() {
        std::string pattern = (std::filesystem::temp_directory_path() / "sandbox-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    static std::string content(const std::string& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string directory_;
};

TEST_F(CertificateTest, TheKeyIsReadableByItsOwnerAlone) {
    const Certificate files = provide_certificate(directory_, {});
    struct stat status{};
    ASSERT_EQ(::stat(files.key.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(CertificateTest, AServerCanUseItAndAClientVerifyIt) {
    const Certificate files = provide_certificate(directory_ + "/made/here", {"sandbox", "10.1.2.3"});
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> server(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    EXPECT_EQ(SSL_CTX_use_certificate_chain_file(server.get(), files.leaf.c_str()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey_file(server.get(), files.key.c_str(), SSL_FILETYPE_PEM), 1);
    EXPECT_EQ(SSL_CTX_check_private_key(server.get()), 1);

    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
    ASSERT_EQ(X509_STORE_load_file(store.get(), files.ca.c_str()), 1);
    for (const char* host :
         {"localhost", "127.0.0.1", "::1", "sandbox", "10.1.2.3", "track.customer.io", "track-eu.customer.io"}) {
        const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(X509_STORE_CTX_new(),
                                                                                    X509_STORE_CTX_free);
        X509_STORE_CTX_init(check.get(), store.get(), SSL_CTX_get0_certificate(server.get()), nullptr);
        X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(check.get());
        if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1) X509_VERIFY_PARAM_set1_host(param, host, 0);
        EXPECT_EQ(X509_verify_cert(check.get()), 1)
            << host << ": " << X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
    }
}

TEST_F(CertificateTest, IsKeptForTheNextStart) {
    const std::string first = content(provide_certificate(directory_, {}).leaf);
    EXPECT_EQ(content(provide_certificate(directory_, {}).leaf), first);
}

TEST_F(CertificateTest, IsMadeAnewForAnotherName) {
    const std::string first = content(provide_certificate(directory_, {}).leaf);
    EXPECT_NE(content(provide_certificate(directory_, {"sandbox"}).leaf), first);
}

TEST_F(CertificateTest, IsMadeAnewWhereAFileIsDamaged) {
    const Certificate files = provide_certificate(directory_, {});
    const std::string first = content(files.leaf);
    std::ofstream(files.key) << "no key";
    EXPECT_NE(content(provide_certificate(directory_, {}).leaf), first);
}

TEST_F(CertificateTest, ADirectoryThatCannotBeMadeIsAnErrorForPeople) {
    std::ofstream(directory_ + "/file") << "x";
    try {
        provide_certificate(directory_ + "/file/below", {});
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("/file/below"), std::string::npos);
    }
}

}  // namespace
}  // namespace pintle::sandbox
