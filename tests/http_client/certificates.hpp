#pragma once

#include <chrono>
#include <string>

namespace pintle::http::client {

// A certificate and its key, both PEM.
struct Certificate {
    std::string certificate;
    std::string key;
};

// An authority of our own.
Certificate make_authority();

// For `host`, a name or an address; expires `lifetime` from now (which may be over).
Certificate make_certificate(const Certificate& authority, const std::string& host,
                             std::chrono::seconds lifetime = std::chrono::hours{1});

// A file of that content in the tests' temporary folder.
std::string write_file(const std::string& name, const std::string& content);

}  // namespace pintle::http::client
