#pragma once

#include <cstdint>
#include <string>

#include "pintle/http/server/server.hpp"

namespace pintle::http {

// What the Connection header of an answer says.
enum class Persistence : std::uint8_t {
    implied,     // nothing: HTTP/1.1 goes on
    keep_alive,  // for an HTTP/1.0 client that asked for it
    close,
};

// Appends the whole answer as it goes over the wire. `without_body`: to HEAD, whose headers tell of a body not sent.
void write_answer(const Response& answer, Persistence persistence, bool without_body, std::string& out);

}  // namespace pintle::http
