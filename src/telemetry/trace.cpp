#include "pintle/telemetry/trace.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "otlp_json.hpp"
#include "pintle/base/hex.hpp"

namespace pintle::telemetry {
namespace {

constexpr int status_error = 2;  // STATUS_CODE_ERROR

// W3C allows lower-case digits only.
template <std::size_t N>
bool read_hex(std::string_view text, std::array<std::uint8_t, N>& bytes) {
    for (std::size_t i = 0; i < N; ++i) {
        const auto digits = text.substr(2 * i, 2);
        if (digits.size() != 2 || digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
        const char* const first = digits.data();
        std::from_chars(first, first + 2, bytes[i], 16);
    }
    return true;
}

template <std::size_t N>
bool is_zero(const std::array<std::uint8_t, N>& bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

Json span_json(const Span& span) {
    Json attributes = Json::array();
    for (const auto& [name, value] : span.attributes)
        attributes.push_back(std::visit([&](const auto& v) { return attribute(name, v); }, value));
    Json json = {{"traceId", to_hex(span.trace)}, {"spanId", to_hex(span.id)}};
    if (span.parent) json["parentSpanId"] = to_hex(*span.parent);
    json["name"] = span.name;
    json["kind"] = static_cast<int>(span.kind);
    json["startTimeUnixNano"] = unix_nano(span.start);
    json["endTimeUnixNano"] = unix_nano(span.end);
    json["attributes"] = std::move(attributes);
    if (!span.error.empty()) json["status"] = {{"code", status_error}, {"message", span.error}};
    return json;
}

}  // namespace

// version "-" trace id "-" parent id "-" flags. A version after 00 may have more fields.
std::optional<TraceParent> parse_traceparent(std::string_view header) {
    constexpr std::size_t size = 55;
    std::array<std::uint8_t, 1> version{};
    std::array<std::uint8_t, 1> flags{};
    TraceParent parent;
    if (header.size() < size || header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
    if (!read_hex(header.substr(0, 2), version) || !read_hex(header.substr(3, 32), parent.trace) ||
        !read_hex(header.substr(36, 16), parent.span) || !read_hex(header.substr(53, 2), flags))
        return std::nullopt;
    if (version[0] == 0xFF || is_zero(parent.trace) || is_zero(parent.span)) return std::nullopt;
    if (header.size() > size && (version[0] == 0 || header[size] != '-')) return std::nullopt;
    parent.sampled = (flags[0] & 1U) != 0;
    return parent;
}

std::string traces_request(std::span<const Span> spans, const Resource& resource) {
    Json all = Json::array();
    for (const Span& span : spans) all.push_back(span_json(span));
    const Json scope = {{"scope", scope_json(resource)}, {"spans", std::move(all)}};
    const Json traces = {{"resource", resource_json(resource)}, {"scopeSpans", Json::array({scope})}};
    return text_of({{"resourceSpans", Json::array({traces})}});
}

}  // namespace pintle::telemetry
