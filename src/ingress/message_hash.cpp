#include "ingress/message_hash.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace pintle::ingress {

MessageHasher::MessageHasher()
    : digest_(EVP_MD_CTX_new(), &EVP_MD_CTX_free), sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free) {
    if (!digest_ || !sha256_) throw std::runtime_error("OpenSSL has no SHA-256");
}

MessageHash MessageHasher::operator()(std::string_view source, std::string_view message) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> full{};
    const bool done = EVP_DigestInit_ex2(digest_.get(), sha256_.get(), nullptr) == 1 &&
                      EVP_DigestUpdate(digest_.get(), source.data(), source.size()) == 1 &&
                      EVP_DigestUpdate(digest_.get(), "", 1) == 1 &&  // a zero byte between the two
                      EVP_DigestUpdate(digest_.get(), message.data(), message.size()) == 1 &&
                      EVP_DigestFinal_ex(digest_.get(), full.data(), nullptr) == 1;
    if (!done) throw std::runtime_error("SHA-256 failed");
    MessageHash hash;
    std::copy_n(full.begin(), hash.size(), hash.begin());
    return hash;
}

}  // namespace pintle::ingress
