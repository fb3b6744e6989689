#include "tcp_table.hpp"

#include <charconv>
#include <string>
#include <string_view>

namespace pintle::http {
namespace {

constexpr std::string_view syn_received = "03";

}  // namespace

// A line: its number | local address:port | remote address:port | state | ..., numbers in hexadecimal.
bool has_handshake(std::istream& table, std::uint16_t port) {
    std::string line;
    std::getline(table, line);  // the head
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    while (table >> number >> local >> remote >> state) {
        std::getline(table, line);
        if (state != syn_received) continue;
        const auto text = std::string_view(local).substr(local.rfind(':') + 1);
        std::uint16_t found = 0;
        std::from_chars(text.data(), text.data() + text.size(), found, 16);
        if (found == port) return true;
    }
    return false;
}

}  // namespace pintle::http
