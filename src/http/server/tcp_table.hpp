#pragma once

#include <cstdint>
#include <istream>

namespace pintle::http {

// Whether a table of TCP sockets in the format of /proc/net/tcp has a connection to that local port whose handshake is
// not finished.
bool has_handshake(std::istream& table, std::uint16_t port);

}  // namespace pintle::http
