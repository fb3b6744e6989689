#pragma once

#include <cstdint>
#include <string>

#include "pintle/http/server/server.hpp"

namespace pintle::http {

// The Connection header of a response.
enum class Persistence : std::uint8_t {
    implied,     // none: the default of HTTP/1.1
    keep_alive,  // for an HTTP/1.0 client that requested it
    close,
};

// Appends the response as it is sent. `without_body`: to a HEAD request, with the headers of the omitted body.
void write_response(const Response& response, Persistence persistence, bool without_body, std::string& out);

}  // namespace pintle::http
