#pragma once

#include <memory>
#include <string_view>

#include <openssl/evp.h>

#include "pintle/record/record.hpp"

namespace pintle::ingress {

// Makes what stands for one message of one source. Not thread-safe; its buffers are reused.
class MessageHasher {
public:
    MessageHasher();

    MessageHash operator()(std::string_view source, std::string_view message);

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest_;
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> sha256_;
};

}  // namespace pintle::ingress
