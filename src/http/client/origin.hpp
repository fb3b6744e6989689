#pragma once

#include <functional>
#include <string>

#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"
#include "tls.hpp"

namespace pintle::http::client {

// An endpoint and what all connections to it share.
struct Origin {
    Origin(Endpoint where, const HttpClientOptions& options);

    // Overwrites `out` with the request's bytes, head and body.
    void write(const HttpRequest& request, std::string& out) const;

    Endpoint endpoint;
    std::string name;                // host:port, for people
    std::string headers;             // those that are the same in each request, with the credentials: never logged
    std::function<bool()> may_send;  // as the options have it
    TlsSession session;
};

}  // namespace pintle::http::client
