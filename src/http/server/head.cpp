#include "head.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>

namespace pintle::http {
namespace {

using boost::beast::iequals;
using boost::beast::http::field;

constexpr std::string_view unsupported_encoding =
    "unsupported Content-Encoding: gzip, deflate and identity are understood";

// A header field: how often it occurs, and its first value.
struct Given {
    std::size_t count = 0;
    std::string_view value;

    void add(std::string_view another) {
        if (count++ == 0) value = another;
    }
};

// The fields that decide where the body ends, found in one pass.
struct FramingFields {
    explicit FramingFields(const boost::beast::http::request_header<>& head) {
        for (const auto& each : head) {
            ++fields;
            switch (each.name()) {
                case field::host: host.add(each.value()); break;
                case field::transfer_encoding: transfer_encoding.add(each.value()); break;
                case field::content_length: content_length.add(each.value()); break;
                case field::content_encoding: content_encoding.add(each.value()); break;
                case field::expect: expect.add(each.value()); break;
                default: break;
            }
        }
    }

    std::size_t fields = 0;
    Given host;
    Given transfer_encoding;
    Given content_length;
    Given content_encoding;
    Given expect;
};

// A character of a host name, address or port (RFC 9110, 7.2). Their order is not checked.
bool is_host_character(char c) {
    constexpr std::string_view others = "-._~%!$&'()*+,;=:[]";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

}  // namespace

std::optional<RequestError> check_head(const boost::beast::http::request_header<>& head, Framing& framing) {
    const bool http_1_1 = head.version() >= 11;
    const FramingFields given(head);
    if (given.host.count > 1 || (http_1_1 && given.host.count == 0)) {
        return RequestError{400, "exactly one Host header is needed"};
    }
    if (!std::ranges::all_of(given.host.value, is_host_character)) return RequestError{400, "malformed Host header"};
    if (given.transfer_encoding.count > 0) {
        if (!http_1_1) return RequestError{400, "Transfer-Encoding needs HTTP/1.1"};
        // With another coding Beast does not find the end of the body.
        if (!iequals(given.transfer_encoding.value, "chunked")) {
            return RequestError{400, "bad Transfer-Encoding: only chunked is understood"};
        }
    }
    if (given.content_length.count > 1 || given.content_length.value.find(',') != std::string_view::npos) {
        return RequestError{400, "bad Content-Length: given more than once"};
    }
    if (given.content_encoding.count > 1) return RequestError{415, unsupported_encoding};
    const auto encoding = parse_encoding(given.content_encoding.value);
    if (!encoding) return RequestError{415, unsupported_encoding};
    framing.encoding = *encoding;
    framing.fields = given.fields;
    framing.expects_continue = http_1_1 && iequals(given.expect.value, "100-continue");
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
