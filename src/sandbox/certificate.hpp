#pragma once

#include <string>
#include <vector>

namespace pintle::sandbox {

struct Certificate {
    std::string ca;    // paths of PEM files: the CA that clients must trust,
    std::string leaf;  // the server's certificate,
    std::string key;   // and its private key, readable by the owner alone
};

// Creates a certificate for localhost, 127.0.0.1, ::1, the names of Customer.io's Track API in both regions and `names`
// in `directory`, signed by a new CA whose private key is discarded. An existing certificate is kept while it is valid
// and covers the names. Throws std::runtime_error with a message for people.
Certificate provide_certificate(const std::string& directory, const std::vector<std::string>& names);

}  // namespace pintle::sandbox
