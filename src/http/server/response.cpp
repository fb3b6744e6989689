#include "response.hpp"

#include <array>
#include <charconv>

namespace pintle::http {
namespace {

void append_number(std::size_t number, std::string& out) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

}  // namespace

void write_response(const Response& response, Persistence persistence, bool without_body, std::string& out) {
    const bool may_have_body = response.status != 204 && response.status != 304;
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
    out += "HTTP/1.1 ";
    append_number(response.status, out);
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\n";
    if (response.stream) {
        out.append("Content-Type: ").append(response.content_type).append("\r\n");
    } else if (may_have_body) {
        out += "Content-Length: ";
        append_number(response.body.size(), out);
        out += "\r\n";
        if (!response.body.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
    }
    out += response.headers;
    if (persistence == Persistence::close) out += "Connection: close\r\n";
    if (persistence == Persistence::keep_alive) out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (may_have_body && !without_body) out += response.body;
}

}  // namespace pintle::http
