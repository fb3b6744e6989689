#pragma once

#include <string>
#include <string_view>

namespace pintle {

// A request without host and credentials.
struct HttpRequest {
    std::string_view method;  // static: GET, PUT, POST, DELETE
    std::string path;         // percent-encoded, from "/"
    std::string body;         // JSON; empty where the request has none
};

// What came back for a request, or the transport error that took its place.
struct HttpResponse {
    int status = 0;           // 0: there was no whole response, `error` says why
    std::string body;         // the first 16 KB; of a 207, which names each item, the first 512 KB
    std::string retry_after;  // the header, as sent
    std::string location;     // the header, as sent
    std::string error;        // for people: "connect to track.customer.io:443: connection refused"
};

}  // namespace pintle
