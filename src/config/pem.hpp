#pragma once

#include <optional>
#include <string>

// Whether the contents of PEM files can be used for TLS, so that a bad one is reported with its line and not by the
// part of the program that loads it. Each returns what is wrong, for people; nothing where the content is fine. Pure.
namespace pintle::config {

// Certificates to trust.
std::optional<std::string> check_authorities(const std::string& pem);

// A certificate and its chain.
std::optional<std::string> check_certificate(const std::string& pem);

// A private key without a passphrase.
std::optional<std::string> check_private_key(const std::string& pem);

// Whether the key, which is fine, is that of the certificate, which is fine too.
bool is_key_of(const std::string& key_pem, const std::string& certificate_pem);

// Whether a passphrase protects the private key.
bool is_encrypted_key(const std::string& pem);

}  // namespace pintle::config
