#include "pintle/base/certificate_expiry.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace pintle {
namespace {

std::string certificate(const char* not_after) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), &X509_free);
    ASN1_TIME_set_string(X509_getm_notBefore(x509.get()), "19700101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x509.get()), not_after);
    X509_set_pubkey(x509.get(), key.get());
    X509_sign(x509.get(), key.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(bio.get(), x509.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

TEST(FirstExpiry, IsThatOfTheCertificateOfTheChainThatExpiresFirst) {
    const auto later = certificate("21000101000000Z");
    const auto earlier = certificate("20200102030405Z");
    EXPECT_EQ(first_expiry(earlier), WallTime{std::chrono::seconds{1'577'934'245}});
    EXPECT_EQ(first_expiry("a comment\n" + later + earlier), first_expiry(earlier));
    EXPECT_GT(first_expiry(later), first_expiry(earlier));
}

TEST(FirstExpiry, IsNothingWithoutACertificate) {
    EXPECT_EQ(first_expiry(""), std::nullopt);
    EXPECT_EQ(first_expiry("no certificate"), std::nullopt);
    EXPECT_EQ(first_expiry("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), std::nullopt);
}

}  // namespace
}  // namespace pintle
