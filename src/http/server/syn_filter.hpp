#pragma once

namespace pintle::http {

// A listening socket takes no further TCP handshake, but ends those that have begun: the kernel drops the SYNs, and who
// sent one tries again, until the socket is closed and it is refused. Where the kernel knows no such filter, nothing.
void drop_syns(int listening_socket) noexcept;

}  // namespace pintle::http
