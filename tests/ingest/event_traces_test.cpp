#include "event_traces.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/telemetry/trace.hpp"
#include "pintle/telemetry/tracer.hpp"

namespace pintle::ingest {
namespace {

using telemetry::Span;
using telemetry::SpanTime;
using telemetry::Tracer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr telemetry::TraceId parents_trace{0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd,
                                           0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c};
constexpr telemetry::SpanId parents_span{0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31};
const std::string sampled_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const std::string other_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

MessageHash message(std::size_t number) {
    return message_hash("web", std::to_string(number));
}

std::string text(const Span& span, std::string_view name) {
    const auto found = std::ranges::find(span.attributes, name, &Span::Attribute::first);
    if (found == span.attributes.end()) return "none";
    if (const auto* number = std::get_if<std::int64_t>(&found->second)) return std::to_string(*number);
    return std::get<std::string>(found->second);
}

class EventTracesTest : public ::testing::Test {
protected:
    EventTracesTest() {
        source.name = "web";
        source.destinations.resize(2);
        source.destinations[0].name = "us";
        source.destinations[0].stream = 1;
        source.destinations[1].name = "eu";
        source.destinations[1].stream = 2;
    }

    // Time passes by a second with each look at the clock.
    Tracer make_tracer(double ratio) {
        return Tracer(ratio, 1, [this] { return SpanTime{std::chrono::seconds{++seconds}}; });
    }
    EventTraces begin(Tracer& tracer, const std::string& traceparent = "") {
        if (!traceparent.empty()) headers.insert("traceparent", traceparent);
        return EventTraces(tracer, request);
    }
    const Destination& us() const { return source.destinations[0]; }
    const Destination& eu() const { return source.destinations[1]; }

    Source source;
    int seconds = 0;
    std::string body;
    boost::beast::http::fields headers;
    http::Request request{boost::beast::http::verb::post, "POST", "", "/v1/track", "", headers, body, "127.0.0.1"};
};

TEST_F(EventTracesTest, HaveASpanForTheEventAndOneForItsCommit) {
    auto tracer = make_tracer(1);
    auto traces = begin(tracer);
    traces.mapped(source);
    traces.add(message(1), us(), {});
    traces.finish(200);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(2));
    const Span& accept = spans[0];
    EXPECT_EQ(accept.name, "accept");
    EXPECT_EQ(accept.kind, Span::Kind::server);
    EXPECT_EQ(accept.parent, std::nullopt);
    EXPECT_EQ(accept.start, SpanTime{1s});
    EXPECT_EQ(accept.end, SpanTime{2s});
    EXPECT_EQ(text(accept, "http.request.method"), "POST");
    EXPECT_EQ(text(accept, "url.path"), "/v1/track");
    EXPECT_EQ(text(accept, "http.response.status_code"), "200");
    EXPECT_EQ(text(accept, "pintle.source"), "web");
    EXPECT_EQ(accept.error, "");
    const Span& commit = spans[1];
    EXPECT_EQ(commit.name, "commit");
    EXPECT_EQ(commit.trace, accept.trace);
    EXPECT_EQ(commit.parent, accept.id);
    EXPECT_NE(commit.id, accept.id);
    EXPECT_EQ(commit.start, SpanTime{2s});
    EXPECT_EQ(commit.end, SpanTime{3s});
    EXPECT_EQ(text(commit, "messaging.destination.name"), "us");
    EXPECT_EQ(tracer.find({1, message(1)}), (Tracer::Context{accept.trace, accept.id}));
}

TEST_F(EventTracesTest, AreOneForTheEventOfSeveralDestinations) {
    auto tracer = make_tracer(1);
    auto traces = begin(tracer);
    traces.mapped(source);
    for (const auto* destination : {&us(), &eu()}) {
        traces.add(message(1), *destination, {});
        traces.add(message(2), *destination, {});
    }
    traces.finish(200);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(6));
    EXPECT_NE(spans[0].trace, spans[1].trace);
    std::vector<std::string> commits;
    for (std::size_t i = 2; i < spans.size(); ++i) {
        commits.push_back((spans[i].parent == spans[0].id ? "1 " : "2 ") +
                          text(spans[i], "messaging.destination.name"));
    }
    EXPECT_THAT(commits, ElementsAre("1 us", "2 us", "1 eu", "2 eu"));
    EXPECT_EQ(tracer.find({1, message(1)}), tracer.find({2, message(1)}));
    EXPECT_NE(tracer.find({1, message(1)}), tracer.find({1, message(2)}));
}

TEST_F(EventTracesTest, ContinueTheTraceOfASampledParent) {
    auto tracer = make_tracer(0);
    auto traces = begin(tracer, sampled_parent);
    traces.mapped(source);
    traces.add(message(1), us(), {});
    traces.add(message(2), us(), {});
    traces.finish(200);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(4));
    for (const auto& span : spans) EXPECT_EQ(span.trace, parents_trace);
    EXPECT_EQ(spans[0].parent, parents_span);
    EXPECT_EQ(spans[1].parent, parents_span);
    EXPECT_NE(spans[0].id, spans[1].id);
}

TEST_F(EventTracesTest, AreNotMadeForAParentThatIsNotSampled) {
    auto tracer = make_tracer(1);
    auto traces = begin(tracer, other_parent);
    traces.mapped(source);
    traces.add(message(1), us(), {});
    traces.finish(200);
    EXPECT_THAT(tracer.take(), IsEmpty());
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
}

TEST_F(EventTracesTest, EndWithTheReasonOfADeadLetter) {
    auto tracer = make_tracer(1);
    auto traces = begin(tracer);
    traces.mapped(source);
    traces.add(message(1), us(), Reason::event_name_missing);
    traces.finish(200);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(2));
    EXPECT_EQ(text(spans[0], "error.type"), "event_name_missing");
    EXPECT_EQ(spans[0].error, sentence(Reason::event_name_missing));
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
}

TEST_F(EventTracesTest, OfARejectedRequestHaveASpanWithTheReason) {
    auto tracer = make_tracer(1);
    begin(tracer).reject(source, 400, Reason::event_name_missing);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(1));
    EXPECT_EQ(spans[0].name, "accept");
    EXPECT_EQ(spans[0].parent, std::nullopt);
    EXPECT_EQ(spans[0].end - spans[0].start, 1s);
    EXPECT_EQ(text(spans[0], "http.response.status_code"), "400");
    EXPECT_EQ(text(spans[0], "pintle.source"), "web");
    EXPECT_EQ(text(spans[0], "error.type"), "event_name_missing");
    EXPECT_EQ(spans[0].error, sentence(Reason::event_name_missing));
}

TEST_F(EventTracesTest, OfARejectedRequestAreMadeAsTheParentOrTheRatioSays) {
    auto tracer = make_tracer(0);
    begin(tracer).reject(source, 400, Reason::invalid_json);
    EXPECT_THAT(tracer.take(), IsEmpty());
    begin(tracer, sampled_parent).reject(source, 400, Reason::invalid_json);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(1));
    EXPECT_EQ(spans[0].trace, parents_trace);
    EXPECT_EQ(spans[0].parent, parents_span);
}

TEST_F(EventTracesTest, AreForgottenWhereTheCommitFails) {
    auto tracer = make_tracer(1);
    auto traces = begin(tracer);
    traces.mapped(source);
    traces.add(message(1), us(), {});
    traces.finish(503);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(2));
    EXPECT_EQ(text(spans[0], "http.response.status_code"), "503");
    EXPECT_NE(spans[1].error, "");
    EXPECT_EQ(tracer.find({1, message(1)}), std::nullopt);
}

TEST_F(EventTracesTest, AreLimitedForALargeBatch) {
    auto tracer = make_tracer(1);
    auto traces = begin(tracer);
    traces.mapped(source);
    for (std::size_t i = 0; i < EventTraces::max_events + 1; ++i) traces.add(message(i), us(), {});
    traces.finish(200);
    EXPECT_THAT(tracer.take(), SizeIs(2 * EventTraces::max_events));
    EXPECT_EQ(tracer.find({1, message(EventTraces::max_events)}), std::nullopt);
}

}  // namespace
}  // namespace pintle::ingest
