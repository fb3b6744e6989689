#include "pintle/base/sha256.hpp"

// OpenSSL's newer functions allocate for each digest, which takes three quarters of the time for a message id.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

namespace pintle {

// None of these calls can fail.
Sha256 sha256(std::initializer_list<std::string_view> parts) noexcept {
    SHA256_CTX context;
    SHA256_Init(&context);
    for (const std::string_view part : parts) SHA256_Update(&context, part.data(), part.size());
    Sha256 digest;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled below
    SHA256_Final(digest.data(), &context);
    return digest;
}

}  // namespace pintle
