#include "tcp_table.hpp"

#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace pintle::http {
namespace {

const std::string head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";
const std::string rest =
    " 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0\n";

bool has_handshake(const std::string& lines, std::uint16_t port) {
    std::istringstream table(head + lines);
    return http::has_handshake(table, port);
}

TEST(TcpTable, AnUnfinishedHandshakeIsOfItsPortOnly) {
    const std::string lines = "   0: 0100007F:1F90 0100007F:C350 03" + rest;
    EXPECT_TRUE(has_handshake(lines, 8080));
    EXPECT_FALSE(has_handshake(lines, 8081));
    EXPECT_FALSE(has_handshake(lines, 50000));  // the client's
}

TEST(TcpTable, ListeningAndConnectedSocketsAreNoHandshake) {
    const std::string lines =
        "   0: 0100007F:1F90 00000000:0000 0A" + rest + "   1: 0100007F:1F90 0100007F:C350 01" + rest;
    EXPECT_FALSE(has_handshake(lines, 8080));
    EXPECT_TRUE(has_handshake(lines + "   2: 0100007F:1F90 0100007F:C351 03" + rest, 8080));
}

TEST(TcpTable, AnAddressOfVersion6IsReadLikeOneOfVersion4) {
    EXPECT_TRUE(has_handshake(
        "   0: 00000000000000000000000001000000:1F90 00000000000000000000000001000000:C350 03" + rest, 8080));
}

TEST(TcpTable, AnEmptyTableHasNone) {
    EXPECT_FALSE(has_handshake("", 8080));
}

}  // namespace
}  // namespace pintle::http
