#include <gmock/gmock.h>

#include "call.hpp"
#include "pintle/base/time.hpp"
#include "reasons.hpp"

namespace pintle::ingest {
namespace {

using ::testing::HasSubstr;
using testing::IngestFixture;
using ::testing::SizeIs;

Options with_types(std::vector<std::string> types) {
    auto options = IngestFixture::default_options();
    options.sources.front().types = std::move(types);
    return options;
}

Options with_rate(std::size_t rate) {
    auto options = IngestFixture::default_options();
    options.sources.front().rate = rate;
    return options;
}

std::string batch(std::size_t events) {
    std::string body;
    for (std::size_t i = 0; i < events; ++i) {
        body += (body.empty() ? "" : ",") + std::string(R"({"type":"track","userId":"u","event":"e"})");
    }
    return R"({"batch":[)" + body + "]}";
}

constexpr const char* track = R"({"userId":"u","event":"e"})";
constexpr const char* alias = R"({"userId":"u","previousId":"p"})";

TEST(Types, OthersAreForbiddenByTheirRoute) {
    IngestFixture fixture(with_types({"track", "page"}));
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U);
    for (const auto* route : {"/v1/alias", "/v1/a"}) {
        const auto answer = fixture.post(route, alias);
        EXPECT_EQ(answer.status, 403U);
        EXPECT_THAT(answer.body, HasSubstr("this write key may not send alias events"));
    }
    EXPECT_EQ(fixture.post("/v1/identify", R"({"userId":"u","type":"track"})").status, 403U) << "the route says it";
    EXPECT_THAT(fixture.events(), SizeIs(1));
    const auto counts = fixture.ingest.counts().sources.at(0);
    std::uint64_t rejected = 0;
    for (const auto& [reason, count] : counts.rejected) {
        if (reason == Reason::alias_not_allowed) rejected = count;
    }
    EXPECT_EQ(rejected, 2U);
}

TEST(Types, OthersAreForbiddenInAnyCase) {
    IngestFixture fixture(with_types({"track"}));
    for (const auto* type : {"alias", "Alias", "ALIAS"}) {
        const auto body = R"({"type":")" + std::string(type) + R"(","userId":"u","previousId":"p"})";
        EXPECT_EQ(fixture.post("/webhook", body).status, 403U) << type;
    }
    EXPECT_EQ(fixture.post("/webhook", R"({"type":"TRACK","userId":"u","event":"e"})").status, 200U);
    EXPECT_EQ(fixture.post("/webhook", R"({"type":"nonsense","userId":"u"})").status, 400U) << "mapping says why";
}

TEST(Types, InABatchOthersAreDeadLetters) {
    IngestFixture fixture(with_types({"track"}));
    const auto answer = fixture.post("/v1/batch", R"({"context":{"ip":"1.2.3.4"},"batch":[
        {"type":"track","userId":"u","event":"e"},
        {"type":"alias","userId":"u","previousId":"p","messageId":"m"}]})");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_THAT(fixture.events(), SizeIs(1));
    ASSERT_THAT(fixture.committed.front().dead_letters, SizeIs(1));
    const auto& letter = fixture.committed.front().dead_letters.front().letter;
    EXPECT_EQ(letter.reason, Reason::alias_not_allowed);
    EXPECT_THAT(letter.event, HasSubstr("1.2.3.4")) << "it can be replayed as it was meant";
}

TEST(Types, NoneMeansAll) {
    IngestFixture fixture(with_types({}));
    EXPECT_EQ(fixture.post("/v1/alias", alias).status, 200U);
}

TEST(Rate, MoreEventsAreAnswered429WithRetryAfter) {
    IngestFixture fixture(with_rate(10));
    EXPECT_EQ(fixture.post("/v1/batch", batch(10)).status, 200U);
    const auto answer = fixture.post("/v1/batch", batch(10));
    EXPECT_EQ(answer.status, 429U);
    EXPECT_THAT(answer.headers, HasSubstr("Retry-After: 1\r\n"));
    EXPECT_THAT(answer.body, HasSubstr(std::string(sentence(Reason::source_rate_exceeded))));
    EXPECT_THAT(fixture.events(), SizeIs(10));
    const auto counts = fixture.ingest.counts().sources.at(0);
    std::uint64_t rejected = 0;
    for (const auto& [reason, count] : counts.rejected) rejected += reason == Reason::source_rate_exceeded ? count : 0;
    EXPECT_EQ(rejected, 10U);
}

TEST(Rate, ALargerBatchPassesOnceAndIsOwed) {
    IngestFixture fixture(with_rate(10));
    EXPECT_EQ(fixture.post("/v1/batch", batch(1000)).status, 200U);
    const auto answer = fixture.post("/v1/track", track);
    EXPECT_EQ(answer.status, 429U);
    EXPECT_THAT(answer.headers, ::testing::ContainsRegex("Retry-After: (99|100)\r\n"));
}

TEST(Rate, IsKeptOverAReloadAndMayChange) {
    IngestFixture fixture(with_rate(10));
    EXPECT_EQ(fixture.post("/v1/batch", batch(100)).status, 200U);
    fixture.ingest.replace(with_rate(10));
    EXPECT_EQ(fixture.post("/v1/track", track).status, 429U);
    fixture.ingest.replace(with_rate(0));
    EXPECT_EQ(fixture.post("/v1/track", track).status, 200U);
}

TEST(Rate, OfOneSourceIsNotThatOfAnother) {
    auto options = with_rate(1);
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    options.sources.push_back(second);
    IngestFixture fixture(options);
    EXPECT_EQ(fixture.post("/v1/batch", batch(100)).status, 200U);
    EXPECT_EQ(fixture.post("/v1/track", track).status, 429U);
    EXPECT_EQ(fixture.call({boost::beast::http::verb::post, "/v1/track", "", {{"X-Write-Key", "key2"}}, track}).status,
              200U);
}

TEST(MessageIds, AFloodOfOneSourceDoesNotMakeAnothersRepeatsNew) {
    auto options = IngestFixture::default_options();
    options.max_message_ids = 100;
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    options.sources.push_back(second);
    IngestFixture fixture(options);
    const testing::Call repeat{boost::beast::http::verb::post,
                               "/v1/track",
                               "",
                               {{"X-Write-Key", "key2"}},
                               R"({"messageId":"m","userId":"u","event":"e"})"};
    EXPECT_EQ(fixture.call(repeat).status, 200U);
    for (int i = 0; i < 30; ++i) EXPECT_EQ(fixture.post("/v1/batch", batch(10)).status, 200U);
    EXPECT_EQ(fixture.call(repeat).status, 200U);
    EXPECT_EQ(fixture.ingest.counts().sources.at(1).destinations.at(0).duplicate, 1U);
    EXPECT_EQ(fixture.committed.front().source, "second");
}

// The wall clock is set forward: only what people see follows.
TEST(AgeStart, IsSaidWhereTheWallClockIsNotToBeBelieved) {
    IngestFixture fixture;
    fixture.post("/v1/track", track);
    fixture.ahead = std::chrono::hours(25);
    fixture.now += fixture.ahead;
    fixture.post("/v1/track", track);
    ASSERT_THAT(fixture.committed, SizeIs(2));
    const auto usual = journal::decode(fixture.committed[0].records[0].bytes).value();
    EXPECT_EQ(usual.age_start, WallTime{});
    EXPECT_EQ(usual.queued(), testing::test_epoch);
    const auto set_forward = journal::decode(fixture.committed[1].records[0].bytes).value();
    EXPECT_EQ(set_forward.received, fixture.now);
    EXPECT_EQ(set_forward.queued(), testing::test_epoch);
    EXPECT_EQ(fixture.committed[1].message_ids[0].second, testing::test_epoch);
}

TEST(AgeStart, AWallClockThatIsSetForwardExpiresNoMessageIds) {
    IngestFixture fixture;
    const std::string event = R"({"messageId":"m","userId":"u","event":"e"})";
    fixture.post("/v1/track", event);
    fixture.ahead = std::chrono::hours(25);
    fixture.now += fixture.ahead;
    fixture.post("/v1/track", event);
    EXPECT_EQ(fixture.ingest.counts().sources.at(0).destinations.at(0).duplicate, 1U);
}

}  // namespace
}  // namespace pintle::ingest
