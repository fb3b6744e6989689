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

void write_answer(const Response& answer, Persistence persistence, bool without_body, std::string& out) {
    const bool may_have_body = answer.status != 204 && answer.status != 304;
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(answer.status));
    out += "HTTP/1.1 ";
    append_number(answer.status, out);
    out += ' ';
    out.append(reason.data(), reason.size());
    out += "\r\n";
    if (answer.stream) {
        out.append("Content-Type: ").append(answer.content_type).append("\r\n");
    } else if (may_have_body) {
        out += "Content-Length: ";
        append_number(answer.body.size(), out);
        out += "\r\n";
        if (!answer.body.empty()) out.append("Content-Type: ").append(answer.content_type).append("\r\n");
    }
    out += answer.headers;
    if (persistence == Persistence::close) out += "Connection: close\r\n";
    if (persistence == Persistence::keep_alive) out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (may_have_body && !without_body) out += answer.body;
}

}  // namespace pintle::http
