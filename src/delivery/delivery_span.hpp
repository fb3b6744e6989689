#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pintle/base/http_message.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/telemetry/trace.hpp"
#include "pintle/telemetry/tracer.hpp"

namespace pintle::delivery {

// One request to Customer.io and its response, as far as spans tell it.
struct Attempt {
    telemetry::SpanTime begin;
    telemetry::SpanTime end;
    std::string_view destination;
    const http::client::Endpoint& endpoint;
    std::string_view method;
    int status = 0;         // 0: there was no response
    std::size_t items = 1;  // of a batch
};

// What the attempt was for one event.
struct AttemptOutcome {
    bool delivered = false;
    std::uint32_t earlier_attempts = 0;
    Reason reason = Reason::unknown;  // why it was not; undefined if it was
};

// The span `deliver` of one event: a client span by the conventions for HTTP. It has neither a URL, as its path names
// the person, nor Customer.io's words, which may quote the event.
telemetry::Span delivery_span(const telemetry::Tracer::Context& context, const telemetry::SpanId& id,
                              const Attempt& attempt, const AttemptOutcome& outcome);

}  // namespace pintle::delivery
