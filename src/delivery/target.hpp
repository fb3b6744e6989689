#pragma once

#include <string>

#include "delivery/tls.hpp"
#include "pintle/delivery/sender.hpp"

namespace pintle::delivery {

// An endpoint and what all connections to it share.
struct Target {
    Target(Endpoint where, const SenderOptions& options);

    // Overwrites `out` by the request's bytes, head and body.
    void write(const mapping::Request& request, std::string& out) const;

    Endpoint endpoint;
    std::string name;     // host:port, for people
    std::string headers;  // what is the same in each request, credentials included: never logged
    TlsSession session;
};

}  // namespace pintle::delivery
