#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include "body.hpp"

namespace pintle::http {

// Why the server itself refuses a request. The text is static.
struct Fault {
    unsigned status = 400;
    std::string_view reason;
};

// What of a request's head decides how its body is read.
struct Framing {
    Encoding encoding = Encoding::identity;
    bool expects_continue = false;
    std::size_t fields = 0;  // of the header
};

// Beast's parser has seen to the syntax; this refuses what it lets pass and another server on the way could read
// otherwise (request smuggling), and what we cannot decode.
std::optional<Fault> check_head(const boost::beast::http::request_header<>& head, Framing& framing);

struct Target {
    std::string_view path;
    std::string_view query;
};

// Of `/path?query` or `http://host/path?query`. Slashes at the path's end are dropped, but for "/".
Target split_target(std::string_view target);

}  // namespace pintle::http
