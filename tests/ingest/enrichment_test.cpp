#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "call.hpp"
#include "enrichment.hpp"
#include "pintle/base/time.hpp"

namespace pintle::ingest {
namespace {

using nlohmann::json;
using testing::IngestFixture;
using ::testing::MatchesRegex;

json enriched(const std::string& path, const std::string& body) {
    IngestFixture fixture;
    const auto answer = fixture.post(path, body);
    EXPECT_EQ(answer.status, 200U) << answer.body;
    return json::parse(fixture.events().at(0));
}

TEST(Enrichment, AnEventWithoutMessageIdGetsAUuid) {
    for (const char* id : {"", R"("messageId":null,)", R"("messageId":"",)", R"("messageId":{},)"}) {
        const auto event = enriched("/v1/track", std::string("{") + id + R"("userId":"u","event":"e"})");
        EXPECT_THAT(event["messageId"].get<std::string>(),
                    MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    }
}

TEST(Enrichment, AMessageIdStays) {
    EXPECT_EQ(enriched("/v1/track", R"({"messageId":"m","userId":"u","event":"e"})")["messageId"], "m");
}

TEST(Enrichment, TheRouteSetsTheType) {
    EXPECT_EQ(enriched("/v1/t", R"({"type":"page","userId":"u","event":"e"})")["type"], "track");
}

TEST(Enrichment, ReceivedAtIsNow) {
    const auto event = enriched("/v1/track", R"({"receivedAt":"1999-01-01","userId":"u","event":"e"})");
    EXPECT_EQ(event["receivedAt"], "2026-11-24T00:00:00.000Z");
}

TEST(Enrichment, ATimestampStays) {
    const auto event = enriched("/v1/track", R"({"timestamp":"2020-01-01T00:00:00Z","sentAt":"2020-01-01T00:00:01Z",
        "originalTimestamp":"2020-01-01T00:00:00Z","userId":"u","event":"e"})");
    EXPECT_EQ(event["timestamp"], "2020-01-01T00:00:00Z");
}

TEST(Enrichment, TheDevicesClockIsCorrected) {
    // Sent 90.5 s after it happened, by a clock that is six years behind.
    const auto event = enriched("/v1/track", R"({"originalTimestamp":"2020-01-01T00:00:00.000Z",
        "sentAt":"2020-01-01T00:01:30.500Z","userId":"u","event":"e"})");
    EXPECT_EQ(event["timestamp"], "2026-11-23T23:58:29.500Z");
}

TEST(Enrichment, WithoutSentAtTheOriginalTimestampCounts) {
    const auto event = enriched("/v1/track", R"({"originalTimestamp":"2020-01-01","userId":"u","event":"e"})");
    EXPECT_EQ(event["timestamp"], "2020-01-01");
}

TEST(Enrichment, ACorrectionOutOfRangeIsNotMade) {
    for (const char* times :
         {R"("originalTimestamp":-9223372036854775807,"sentAt":9223372036854775807)",
          R"("originalTimestamp":"9999-12-31T00:00:00Z","sentAt":"2020-01-01")",
          R"("originalTimestamp":"0001-01-01","sentAt":"9000-01-01")", R"("originalTimestamp":1e18,"sentAt":1e18)"}) {
        const auto event = enriched("/v1/track", std::string("{") + times + R"(,"userId":"u","event":"e"})");
        EXPECT_EQ(event["timestamp"], event["originalTimestamp"]) << times;
    }
}

TEST(Enrichment, WithoutAnyReadableTimeItIsReceivedAt) {
    for (const char* times :
         {"", R"("originalTimestamp":"yesterday",)", R"("sentAt":"2020-01-01",)", R"("timestamp":null,)"}) {
        const auto event = enriched("/v1/track", std::string("{") + times + R"("userId":"u","event":"e"})");
        EXPECT_EQ(event["timestamp"], "2026-11-24T00:00:00.000Z") << times;
    }
}

TEST(Enrichment, ABatchsSentAtAndContextAreItsEventsDefaults) {
    IngestFixture fixture;
    const auto answer = fixture.post("/v1/batch", R"({"sentAt":"2020-01-01T00:00:10Z",
        "context":{"ip":"1.2.3.4","locale":"de"},
        "batch":[{"type":"track","userId":"u","event":"a","originalTimestamp":"2020-01-01T00:00:00Z"},
                 {"type":"track","userId":"u","event":"b","sentAt":"2020-01-01","context":{"locale":"fr"}}]})");
    EXPECT_EQ(answer.status, 200U) << answer.body;
    const auto first = json::parse(fixture.events().at(0));
    EXPECT_EQ(first["sentAt"], "2020-01-01T00:00:10Z");
    EXPECT_EQ(first["timestamp"], "2026-11-23T23:59:50.000Z");
    EXPECT_EQ(first["context"], json::parse(R"({"ip":"1.2.3.4","locale":"de"})"));
    const auto second = json::parse(fixture.events().at(1));
    EXPECT_EQ(second["sentAt"], "2020-01-01");
    EXPECT_EQ(second["context"], json::parse(R"({"ip":"1.2.3.4","locale":"fr"})"));
}

TEST(Enrichment, NumbersAreKeptAsWritten) {
    IngestFixture fixture;
    EXPECT_EQ(
        fixture.post("/v1/track", R"({"userId":"u","event":"e","properties":{"n":0.10,"b":9007199254740993}})").status,
        200U);
    EXPECT_THAT(fixture.events().at(0), ::testing::HasSubstr(R"({"n":0.10,"b":9007199254740993})"));
}

}  // namespace
}  // namespace pintle::ingest
