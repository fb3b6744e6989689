#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include "body.hpp"

namespace pintle::http {

// Why the server itself rejects a request. The text is static.
struct RequestError {
    unsigned status = 400;
    std::string_view reason;
};

// How the body is to be read, according to the head.
struct Framing {
    Encoding encoding = Encoding::identity;
    bool expects_continue = false;
    std::size_t fields = 0;  // number of header fields
};

// Checks what Beast's parser accepts: rejects heads that another server might read differently (request smuggling), and
// unsupported encodings.
std::optional<RequestError> check_head(const boost::beast::http::request_header<>& head, Framing& framing);

struct Target {
    std::string_view path;
    std::string_view query;
};

// Splits `/path?query` or `http://host/path?query`. Removes trailing slashes of the path, except of "/".
Target split_target(std::string_view target);

}  // namespace pintle::http
