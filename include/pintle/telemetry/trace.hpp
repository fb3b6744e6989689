#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pintle/telemetry/resource.hpp"

namespace pintle::telemetry {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;
using SpanTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// The span of another process that is the parent of ours, as W3C's header `traceparent` names it.
struct TraceParent {
    TraceId trace{};
    SpanId span{};
    bool sampled = false;

    bool operator==(const TraceParent&) const = default;
};

// Nothing if the header is not valid.
std::optional<TraceParent> parse_traceparent(std::string_view header);

// One step of an event.
struct Span {
    enum class Kind : std::uint8_t { internal = 1, server = 2, client = 3 };  // the numbers of OTLP
    using Attribute = std::pair<std::string_view, std::variant<std::string, std::int64_t>>;

    TraceId trace{};
    SpanId id{};
    std::optional<SpanId> parent;
    Kind kind = Kind::internal;
    std::string_view name;  // static, as the attributes' names are
    SpanTime start;
    SpanTime end;
    std::vector<Attribute> attributes;
    std::string error;  // why it failed, for people; empty: it did not
};

// The body of a request to /v1/traces.
std::string traces_request(std::span<const Span> spans, const Resource& resource);

}  // namespace pintle::telemetry
