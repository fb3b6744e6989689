#include "http/head.hpp"

#include <boost/beast/core/string.hpp>

namespace pintle::http {
namespace {

using boost::beast::iequals;
using boost::beast::http::field;

constexpr std::string_view unsupported_encoding =
    "unsupported Content-Encoding: gzip, deflate and identity are understood";

}  // namespace

std::optional<Fault> check_head(const boost::beast::http::request_header<>& head, Framing& framing) {
    const bool http_1_1 = head.version() >= 11;
    const auto hosts = head.count(field::host);
    if (hosts > 1 || (http_1_1 && hosts == 0)) return Fault{400, "exactly one Host header is needed"};

    if (head.count(field::transfer_encoding) > 0) {
        if (!http_1_1) return Fault{400, "Transfer-Encoding needs HTTP/1.1"};
        // Any other coding leaves Beast without a body's end.
        if (!iequals(head[field::transfer_encoding], "chunked")) {
            return Fault{400, "bad Transfer-Encoding: only chunked is understood"};
        }
    }
    if (head.count(field::content_length) > 1 || head[field::content_length].find(',') != std::string_view::npos) {
        return Fault{400, "bad Content-Length: given more than once"};
    }
    if (head.count(field::content_encoding) > 1) return Fault{415, unsupported_encoding};
    const auto encoding = parse_encoding(head[field::content_encoding]);
    if (!encoding) return Fault{415, unsupported_encoding};
    framing.encoding = *encoding;
    framing.expects_continue = http_1_1 && iequals(head[field::expect], "100-continue");
    return std::nullopt;
}

Target split_target(std::string_view target) {
    if (!target.starts_with('/')) {
        if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
            const auto path = target.find_first_of("/?", scheme + 3);
            target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
        }
    }
    Target split{target.substr(0, target.find('?')), {}};
    if (split.path.size() < target.size()) split.query = target.substr(split.path.size() + 1);
    while (split.path.size() > 1 && split.path.ends_with('/')) split.path.remove_suffix(1);
    if (split.path.empty()) split.path = "/";
    return split;
}

}  // namespace pintle::http
