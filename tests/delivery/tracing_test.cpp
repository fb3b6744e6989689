#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <gmock/gmock.h>

#include "pintle/base/message_hash.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/telemetry/trace.hpp"
#include "pintle/telemetry/tracer.hpp"
#include "worker_fixture.hpp"

// The spans of deliveries.
namespace pintle::delivery {
namespace {

using telemetry::Span;
using testing::IsEmpty;
using testing::SizeIs;

constexpr telemetry::Tracer::Context context{{1, 2, 3}, {4, 5, 6}};
const telemetry::Tracer::EventKey traced{FakeJournal::stream, MessageHash{}};  // of every record of the fixture

std::string text(const Span& span, std::string_view name) {
    const auto found = std::ranges::find(span.attributes, name, &Span::Attribute::first);
    if (found == span.attributes.end()) return "none";
    if (const auto* number = std::get_if<std::int64_t>(&found->second)) return std::to_string(*number);
    return std::get<std::string>(found->second);
}

class TracingTest : public testing::Test, protected WorkerFixture {
protected:
    TracingTest() {
        environment_tracer = &tracer;
        start_worker();
    }

    telemetry::Tracer tracer{0, 1, [this] { return telemetry::SpanTime{clock.now().time_since_epoch()}; }};
};

TEST_F(TracingTest, TellTheDeliveryOfATracedEvent) {
    tracer.remember(traced, context);
    const auto begin = tracer.now();
    track(1, "a");
    pass(milliseconds{20});
    respond(200);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(1));
    const Span& span = spans.front();
    EXPECT_EQ(span.name, "deliver");
    EXPECT_EQ(span.kind, Span::Kind::client);
    EXPECT_EQ(span.trace, context.trace);
    EXPECT_EQ(span.parent, context.parent);
    EXPECT_EQ(span.start, begin);
    EXPECT_EQ(span.end, begin + milliseconds{20});
    EXPECT_EQ(text(span, "http.request.method"), "POST");
    EXPECT_EQ(text(span, "server.address"), "track.customer.io");
    EXPECT_EQ(text(span, "server.port"), "443");
    EXPECT_EQ(text(span, "http.response.status_code"), "200");
    EXPECT_EQ(text(span, "messaging.destination.name"), "customerio");
    EXPECT_EQ(text(span, "http.request.resend_count"), "none");
    EXPECT_EQ(text(span, "error.type"), "none");
    EXPECT_EQ(span.error, "");
    EXPECT_EQ(tracer.find(traced), std::nullopt);
}

TEST_F(TracingTest, TellNothingOfAnEventThatIsNotTraced) {
    track(1, "a");
    respond(200);
    EXPECT_THAT(tracer.take(), IsEmpty());
}

TEST_F(TracingTest, TellEachAttempt) {
    tracer.remember(traced, context);
    track(1, "a");
    respond(503);
    pass(std::chrono::minutes{1});
    respond({0, {}, {}, {}, "connection reset"});
    pass(std::chrono::minutes{1});
    respond(200);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(3));
    EXPECT_EQ(text(spans[0], "error.type"), "server_error_503");
    EXPECT_EQ(text(spans[0], "http.response.status_code"), "503");
    EXPECT_NE(spans[0].error, "");
    EXPECT_EQ(text(spans[1], "error.type"), "transport_error");
    EXPECT_EQ(text(spans[1], "http.response.status_code"), "none");
    EXPECT_EQ(text(spans[1], "http.request.resend_count"), "1");
    EXPECT_EQ(text(spans[2], "error.type"), "none");
    EXPECT_EQ(text(spans[2], "http.request.resend_count"), "2");
}

TEST_F(TracingTest, EndWithADeadLetter) {
    tracer.remember(traced, context);
    track(1, "a");
    respond(400);
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(1));
    EXPECT_EQ(text(spans[0], "error.type"), "rejected_400");
    EXPECT_THAT(journal.letters, SizeIs(1));
    EXPECT_EQ(tracer.find(traced), std::nullopt);
}

TEST_F(TracingTest, TellTheItemsOfABatchThatWereRejected) {
    destination.mapping.api_version = customerio::ApiVersion::v2;
    stop();
    tracer.remember(traced, context);
    track(1, "a");
    track(2, "b");
    start_worker();
    respond(207, R"({"errors":[{"batch_index":1,"reason":"invalid","message":"no"}]})");
    const auto spans = tracer.take();
    ASSERT_THAT(spans, SizeIs(2));
    EXPECT_EQ(text(spans[0], "messaging.batch.message_count"), "2");
    EXPECT_EQ(text(spans[0], "error.type"), "none");
    EXPECT_EQ(text(spans[1], "error.type"), "rejected_207");
}

}  // namespace
}  // namespace pintle::delivery
