#include "pintle/base/certificate_expiry.hpp"

#include <algorithm>
#include <ctime>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace pintle {

std::optional<WallTime> first_expiry(std::string_view pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                        &BIO_free);
    std::optional<WallTime> first;
    while (bio) {
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
        if (!certificate) break;
        std::tm time{};
        if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) continue;
        const WallTime end{std::chrono::seconds{timegm(&time)}};
        first = std::min(first.value_or(end), end);
    }
    ERR_clear_error();  // the end of the text is one
    return first;
}

}  // namespace pintle
