#include "write_key.hpp"

#include <gmock/gmock.h>

#include "call.hpp"
#include "pintle/events/event_stream.hpp"

namespace pintle::ingest {
namespace {

using ::testing::HasSubstr;
using testing::IngestFixture;
using ::testing::Not;

std::string without(std::string text) {
    json::Tokens tokens;
    EXPECT_TRUE(tokens.find(text));
    return without_write_key(tokens, tokens.all());
}

TEST(WriteKey, LeavesAnObjectHoweverItStandsThere) {
    EXPECT_EQ(without(R"({"writeKey":"k"})"), "{}");
    EXPECT_EQ(without(R"({ "writeKey" : "k" , "a" : 1 })"), R"({"a" : 1 })");
    EXPECT_EQ(without(R"({"a":1, "writeKey":"k" , "b":2, "writeKey":"k"})"), R"({"a":1,"b":2})");
    EXPECT_EQ(without(R"({"a":1,"writeKey":"k"})"), R"({"a":1})");
    EXPECT_EQ(without(R"({"writeKey":"k","a":1,"writeKey":{"b":[2]},"\u0077riteKey":null})"), R"({"a":1})");
    EXPECT_EQ(without(R"({"a":{"writeKey":"not ours"},"b":["writeKey"]})"),
              R"({"a":{"writeKey":"not ours"},"b":["writeKey"]})");
    EXPECT_EQ(without(R"( [{"writeKey":"k"}] )"), R"([{"writeKey":"k"}])");
    EXPECT_EQ(without("7"), "7");
}

TEST(WriteKey, LeavesTextWhoseBracketsDoNotMatchAtAnyDepth) {
    EXPECT_EQ(without(R"({"writeKey":"k","a":[{"b":1,"writeKey":"k","c":2})"), R"({"a":[{"b":1,"c":2})");
    EXPECT_EQ(without(R"({"a":1},"b":{"writeKey":"k","c":2}})"), R"({"a":1},"b":{"c":2}})");
}

// Where each bracket's end is looked for anew, this takes an hour.
TEST(WriteKey, IsFoundBehindMillionsOfBracketsThatAreNotClosed) {
    std::string text = R"({"a":)" + std::string(4U << 20U, '[') + R"(,"writeKey":"k")";
    json::Tokens tokens;
    ASSERT_TRUE(tokens.find(text));
    const auto found = find_member(tokens, tokens.all(), "writeKey");
    ASSERT_TRUE(found);
    EXPECT_EQ(tokens.text(*found), R"("k")");
    EXPECT_EQ(without_write_key(tokens, tokens.all()), R"({"a":)" + std::string(4U << 20U, '[') + ',');
}

TEST(WriteKey, IsHiddenInTextThatIsNoJson) {
    const std::vector<std::string> keys{"secret", ""};
    EXPECT_EQ(hide_write_keys(R"({"writeKey": "ab\"c", "x)", keys), R"({"writeKey": "[redacted]", "x)");
    EXPECT_EQ(hide_write_keys(R"({"writeKey":"cut of)", keys), R"({"writeKey":"[redacted])");
    EXPECT_EQ(hide_write_keys("secretsecret secre", keys), "[redacted][redacted] secre");
    EXPECT_EQ(hide_write_keys("writeKey is missing", keys), "writeKey is missing");
    EXPECT_EQ(hide_write_keys("", keys), "");
}

// Every text that is kept or shown of what a sender sends.
class SenderWithItsKeyInTheBody : public ::testing::Test {
protected:
    static testing::Call call(std::string path, std::string body) {
        return {boost::beast::http::verb::post, std::move(path), "", {}, std::move(body)};
    }

    void nothing_shows_it() {
        for (const auto& append : fixture.committed) {
            for (const auto& record : append.records) EXPECT_THAT(record.bytes, Not(HasSubstr("s3cret")));
            for (const auto& letter : append.dead_letters) EXPECT_THAT(letter.letter.event, Not(HasSubstr("s3cret")));
        }
        for (const auto& shown : event_stream.recent({}, 100)) EXPECT_THAT(shown->event, Not(HasSubstr("s3cret")));
    }

    static Options options() {
        Options options = IngestFixture::default_options();
        options.sources.front().write_keys = {"s3cret"};
        return options;
    }

    events::EventStream event_stream;
    IngestFixture fixture{options(), {}, &event_stream};
};

TEST_F(SenderWithItsKeyInTheBody, DoesNotFindItInWhatIsKept) {
    const std::string deep = std::string(70, '[') + std::string(70, ']');
    const std::string large = "\"" + std::string(40'000, 'x') + "\"";
    const std::string begin = R"({"writeKey":"s3cret","type":"track","userId":"u","event":"e","x":)";
    EXPECT_EQ(fixture.call(call("/v1/track", begin + "1}")).status, 200U);
    EXPECT_EQ(fixture.call(call("/webhook", "[" + begin + deep + "}]")).status, 200U);
    EXPECT_EQ(fixture.call(call("/webhook", "[" + begin + large + "}]")).status, 200U);
    EXPECT_EQ(fixture.call(call("/webhook", R"([{"writeKey":"s3cret","type":"track"}])")).status, 200U);
    EXPECT_EQ(fixture
                  .call(call("/v1/batch", R"({"writeKey":"s3cret","batch":[)" + begin + "1}," + begin + deep + "}," +
                                              begin + large + R"(},{"writeKey":"s3cret"},7]})"))
                  .status,
              200U);
    EXPECT_EQ(fixture.committed.size(), 5U);
    nothing_shows_it();
}

TEST_F(SenderWithItsKeyInTheBody, DoesNotFindItInTheEventStream) {
    for (const char* body : {R"({"writeKey":"s3cret","userId":"u"})", R"({"userId":"u","writeKey" : "s3cret"})"}) {
        EXPECT_EQ(fixture.call(call("/v1/track", body)).status, 400U) << body;
    }
    const auto broken = fixture.call({boost::beast::http::verb::post,
                                      "/v1/track",
                                      "",
                                      {{"X-Write-Key", "s3cret"}},
                                      R"({"writeKey":"s3cret","a":"s3cret",)"});
    EXPECT_EQ(broken.status, 400U);
    EXPECT_EQ(event_stream.recent({}, 100).size(), 3U);
    nothing_shows_it();
}

}  // namespace
}  // namespace pintle::ingest
