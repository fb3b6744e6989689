#include "event_traces.hpp"

#include <algorithm>
#include <string>

namespace pintle::ingest {
namespace {

using telemetry::Span;

std::optional<telemetry::TraceParent> parent_of(const http::Request& request) {
    const auto header = request.headers["traceparent"];
    return telemetry::parse_traceparent({header.data(), header.size()});
}

constexpr unsigned ok = 200;

}  // namespace

EventTraces::EventTraces(telemetry::Tracer& tracer, const http::Request& request)
    : tracer_(tracer), request_(request), parent_(parent_of(request)), begin_(tracer.now()), mapped_(begin_) {}

void EventTraces::mapped(const Source& source) {
    source_ = &source;
    mapped_ = tracer_.now();
}

std::size_t EventTraces::event_of(const MessageHash& message) {
    const auto found = std::ranges::find(events_, message, &Event::message);
    if (found != events_.end()) return static_cast<std::size_t>(found - events_.begin());
    if (events_.size() == max_events) return max_events;
    events_.push_back({message, {parent_ ? parent_->trace : tracer_.new_trace(), tracer_.new_span()}, {}});
    return events_.size() - 1;
}

void EventTraces::add(const MessageHash& message, const Destination& destination, std::optional<Reason> reason) {
    if (!tracer_.samples(message, parent_)) return;
    const auto event = event_of(message);
    if (event == max_events) return;
    commits_.push_back({event, &destination});
    if (reason) {
        events_[event].reason = reason;
    } else {
        tracer_.remember({destination.stream, message}, events_[event].context);
    }
}

void EventTraces::reject(const Source& source, unsigned status, Reason reason) {
    const auto own_trace = tracer_.new_trace();
    if (!tracer_.samples(own_trace, parent_)) return;  // its events may be unreadable
    mapped(source);
    tracer_.record(accept_span({{}, {parent_ ? parent_->trace : own_trace, tracer_.new_span()}, reason}, status));
}

void EventTraces::finish(unsigned status) {
    for (const Event& event : events_) tracer_.record(accept_span(event, status));
    for (const Commit& commit : commits_) {
        const Event& event = events_[commit.event];
        tracer_.record(commit_span(event, *commit.destination, status));
        if (status != ok) tracer_.forget({commit.destination->stream, event.message});
    }
}

Span EventTraces::accept_span(const Event& event, unsigned status) {
    Span span;
    span.trace = event.context.trace;
    span.id = event.context.parent;
    if (parent_) span.parent = parent_->span;
    span.kind = Span::Kind::server;
    span.name = "accept";
    span.start = begin_;
    span.end = mapped_;
    span.attributes = {{"http.request.method", std::string(request_.method_text)},
                       {"url.path", std::string(request_.path)},
                       {"http.response.status_code", std::int64_t{status}},
                       {"pintle.source", source_->name}};
    if (event.reason) {
        span.attributes.emplace_back("error.type", std::string(code(*event.reason)));
        span.error = sentence(*event.reason);
    }
    return span;
}

Span EventTraces::commit_span(const Event& event, const Destination& destination, unsigned status) {
    Span span;
    span.trace = event.context.trace;
    span.id = tracer_.new_span();
    span.parent = event.context.parent;
    span.name = "commit";
    span.start = mapped_;
    span.end = tracer_.now();
    span.attributes = {{"messaging.operation.name", std::string("commit")},
                       {"messaging.operation.type", std::string("send")},
                       {"messaging.system", std::string("pintle")},
                       {"messaging.destination.name", destination.name}};
    if (status != ok) span.error = sentence(Reason::journal_full);
    return span;
}

}  // namespace pintle::ingest
