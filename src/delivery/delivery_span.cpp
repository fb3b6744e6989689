#include "delivery_span.hpp"

#include <string>

namespace pintle::delivery {

telemetry::Span delivery_span(const telemetry::Tracer::Context& context, const telemetry::SpanId& id,
                              const Attempt& attempt, const AttemptOutcome& outcome) {
    telemetry::Span span;
    span.trace = context.trace;
    span.id = id;
    span.parent = context.parent;
    span.kind = telemetry::Span::Kind::client;
    span.name = "deliver";
    span.start = attempt.begin;
    span.end = attempt.end;
    span.attributes = {{"http.request.method", std::string(attempt.method)},
                       {"server.address", attempt.endpoint.host},
                       {"server.port", std::int64_t{attempt.endpoint.port}},
                       {"messaging.destination.name", std::string(attempt.destination)}};
    if (attempt.status != 0) span.attributes.emplace_back("http.response.status_code", std::int64_t{attempt.status});
    if (attempt.items > 1)
        span.attributes.emplace_back("messaging.batch.message_count", static_cast<std::int64_t>(attempt.items));
    if (outcome.earlier_attempts > 0)
        span.attributes.emplace_back("http.request.resend_count", std::int64_t{outcome.earlier_attempts});
    if (!outcome.delivered) {
        span.attributes.emplace_back("error.type", std::string(code(outcome.reason)));
        span.error = sentence(outcome.reason);
    }
    return span;
}

}  // namespace pintle::delivery
