#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace pintle::mapping {

// Makes the ULID by which Customer.io knows a repeated event. It depends on nothing but its arguments. Not thread-safe.
class DedupeId {
public:
    DedupeId();

    // Appends 26 characters: 48 bits of the event's time in milliseconds (0 where there is none or it is negative) and
    // the first 80 bits of SHA-256 over the message id.
    void write(std::string_view message_id, std::optional<std::int64_t> seconds, std::string& out);

private:
    struct Free {
        void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD, Free> sha256_;
    std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace pintle::mapping
