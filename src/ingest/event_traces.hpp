#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/telemetry/trace.hpp"
#include "pintle/telemetry/tracer.hpp"

namespace pintle::ingest {

// Traces the sampled events of one request: for each event a span `accept`, from the complete request to the mapped
// event, and for each of its destinations a span `commit` below it. The deliveries continue the trace.
class EventTraces {
public:
    static constexpr std::size_t max_events = 100;  // of a request; further ones are not traced

    // Begins the spans `accept`. `request`, `source` and its destinations must outlive this.
    EventTraces(telemetry::Tracer& tracer, const http::Request& request);

    // The events are mapped: ends the spans `accept` and begins the spans `commit`.
    void mapped(const Source& source);

    // An event, before it is appended for one destination; with `reason` as a dead letter.
    void add(const MessageHash& message, const Destination& destination, std::optional<Reason> reason);

    // The request of this source is rejected as a whole, before `mapped`: records a span `accept` if it is sampled.
    void reject(const Source& source, unsigned status, Reason reason);

    // The commit has ended, and the request is answered with `status`: ends and records all spans.
    void finish(unsigned status);

private:
    struct Event {
        MessageHash message{};
        telemetry::Tracer::Context context;  // of its children
        std::optional<Reason> reason;        // why it is a dead letter or rejected
    };
    struct Commit {
        std::size_t event = 0;
        const Destination* destination = nullptr;
    };

    std::size_t event_of(const MessageHash& message);  // `max_events`: it is not traced
    telemetry::Span accept_span(const Event& event, unsigned status);
    telemetry::Span commit_span(const Event& event, const Destination& destination, unsigned status);

    telemetry::Tracer& tracer_;
    const http::Request& request_;
    const std::optional<telemetry::TraceParent> parent_;
    const telemetry::SpanTime begin_;
    telemetry::SpanTime mapped_;
    const Source* source_ = nullptr;
    std::vector<Event> events_;
    std::vector<Commit> commits_;
};

}  // namespace pintle::ingest
