#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pintle {

// A request without host and credentials.
struct HttpRequest {
    std::string_view method;  // static: GET, PUT, POST, DELETE
    std::string path;         // percent-encoded, from "/"
    std::string body;         // JSON; empty if the request has none
};

// Transport errors that the same request meets again until somebody changes something.
enum class LastingError : std::uint8_t {
    none,
    unknown_host,           // the resolver says that there is no such name
    untrusted_certificate,  // expired, or of an authority that is not trusted
    wrong_host_name,        // the certificate is for other names
    no_tls                  // the handshake failed: the peer speaks no TLS, or none that the client accepts
};

// The response to a request, or a transport error.
struct HttpResponse {
    int status = 0;           // 0: no complete response, see `error`
    std::string body;         // the first 16 KB; of a 207, which lists the items, the first 512 KB
    std::string retry_after;  // the header, as sent
    std::string location;     // the header, as sent
    std::string error;        // for people: "connect to track.customer.io:443: connection refused"
    LastingError lasting_error = LastingError::none;  // a kind of `error`
};

}  // namespace pintle
