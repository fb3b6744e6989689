#pragma once

#include <string>

#include <openssl/ssl.h>
#include <boost/asio/ssl/context.hpp>

#include "pintle/base/time.hpp"

namespace pintle::http {

// A certificate with its chain and its private key, ready for TLS connections. Immutable, so threads may share it.
class TlsCertificate {
public:
    // Reads both PEM files. Throws std::runtime_error with a message for people.
    TlsCertificate(const std::string& certificate, const std::string& key);

    SSL_CTX* context() noexcept { return context_.native_handle(); }
    bool has_same_chain(const TlsCertificate& other) const noexcept { return chain_ == other.chain_; }
    WallTime expires() const noexcept { return expires_; }  // the first certificate of the chain that does

private:
    boost::asio::ssl::context context_{boost::asio::ssl::context::tls_server};
    std::string chain_;  // PEM
    WallTime expires_;
};

}  // namespace pintle::http
