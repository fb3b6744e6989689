#include "auth.hpp"

#include <gmock/gmock.h>

#include "call.hpp"

namespace pintle::ingest {
namespace {

using boost::beast::http::verb;
using testing::IngestFixture;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr const char* event = R"({"userId":"u","event":"e"})";

http::Response send(IngestFixture& fixture, Headers headers, std::string query = "", std::string body = event) {
    return fixture.call({verb::post, "/v1/track", std::move(query), std::move(headers), std::move(body)});
}

TEST(Authentication, AcceptsTheKeyAsBasicsUserName) {
    IngestFixture fixture;
    EXPECT_EQ(send(fixture, {{"Authorization", "Basic a2V5Og=="}}).status, 200U);          // key:
    EXPECT_EQ(send(fixture, {{"authorization", "basic a2V5OnNlY3JldA=="}}).status, 200U);  // key:secret
}

TEST(Authentication, AcceptsTheKeyAsABearerToken) {
    IngestFixture fixture;
    EXPECT_EQ(send(fixture, {{"Authorization", "Bearer key"}}).status, 200U);
}

TEST(Authentication, AcceptsTheKeyInItsOwnHeader) {
    IngestFixture fixture;
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "key"}}).status, 200U);
}

TEST(Authentication, AcceptsTheKeyInTheQueryDecoded) {
    auto options = IngestFixture::default_options();
    options.sources.front().write_keys = {"k+y/1"};
    IngestFixture fixture(options);
    EXPECT_EQ(send(fixture, {}, "a=b&writeKey=k%2By%2F1").status, 200U);
}

TEST(Authentication, AcceptsTheKeyInTheBodyAndRemovesItFromTheEvent) {
    IngestFixture fixture;
    EXPECT_EQ(send(fixture, {}, "", R"({"writeKey":"key","userId":"u","event":"e"})").status, 200U);
    ASSERT_EQ(fixture.events().size(), 1U);
    EXPECT_THAT(fixture.events().front(), ::testing::Not(::testing::HasSubstr("\"key\"")));
}

TEST(Authentication, AcceptsTheKeyInABatch) {
    IngestFixture fixture;
    const auto answer = fixture.call(
        {verb::post, "/v1/batch", "", {}, R"({"batch":[{"type":"track","userId":"u","event":"e"}],"writeKey":"key"})"});
    EXPECT_EQ(answer.status, 200U);
}

TEST(Authentication, IsKnownBeforeTheBodyWhereTheKeyStandsInTheHead) {
    IngestFixture fixture;
    send(fixture, {{"Authorization", "Bearer key"}});
    EXPECT_FALSE(fixture.terms.anonymous);
    send(fixture, {{"Authorization", "Bearer wrong"}, {"X-Write-Key", "key"}});
    EXPECT_FALSE(fixture.terms.anonymous);
    send(fixture, {}, "writeKey=key");
    EXPECT_FALSE(fixture.terms.anonymous);
    send(fixture, {}, "", R"({"writeKey":"key","userId":"u","event":"e"})");
    EXPECT_TRUE(fixture.terms.anonymous);
}

TEST(Authentication, AMissingKeyIs401InTheGatewaysWords) {
    IngestFixture fixture;
    const auto answer = send(fixture, {});
    EXPECT_EQ(answer.status, 401U);
    EXPECT_EQ(answer.body, R"({"msg": "failed to read writekey from header"})");
    EXPECT_TRUE(fixture.committed.empty());
}

TEST(Authentication, AWrongKeyIs401InTheGatewaysWords) {
    IngestFixture fixture;
    for (const Headers& headers : {Headers{{"X-Write-Key", "kez"}}, Headers{{"Authorization", "Bearer ke"}},
                                   Headers{{"Authorization", "Basic a2V6Og=="}}}) {
        const auto answer = send(fixture, headers);
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.body, R"({"msg": "invalid write key"})");
    }
    EXPECT_TRUE(fixture.committed.empty());
}

TEST(Authentication, BrokenBasicIsAsGoodAsNone) {
    IngestFixture fixture;
    for (const char* value : {"Basic", "Basic !!!!", "Basic a2V5O", "Digest a2V5Og==", ""}) {
        EXPECT_EQ(send(fixture, {{"Authorization", value}}).body, R"({"msg": "failed to read writekey from header"})")
            << value;
    }
}

TEST(Authentication, ASourceWithoutAuthenticationAcceptsAnyone) {
    auto options = IngestFixture::default_options();
    options.sources.front().write_keys.clear();
    options.sources.front().insecure_no_auth = true;
    IngestFixture fixture(options);
    EXPECT_EQ(send(fixture, {}).status, 200U);
}

// Its sender believes to be another source.
TEST(Authentication, AWrongKeyIsNotAsGoodAsNone) {
    auto options = IngestFixture::default_options();
    auto open = options.sources.front();
    open.name = "open";
    open.write_keys.clear();
    open.insecure_no_auth = true;
    open.destinations.front().stream = 2;
    options.sources.push_back(open);
    IngestFixture fixture(options);
    const std::string with_key = R"({"userId":"u","event":"e","writeKey":")";
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "whatever"}}).status, 401U);
    EXPECT_EQ(send(fixture, {}, "writeKey=whatever").status, 401U);
    EXPECT_EQ(send(fixture, {}, "", with_key + "whatever\"}").status, 401U);
    EXPECT_TRUE(fixture.committed.empty());
    EXPECT_EQ(send(fixture, {}, "", with_key + "key\"}").status, 200U);
    EXPECT_EQ(fixture.committed.back().records.front().stream, 1U) << "of the source whose key it is";
    EXPECT_EQ(send(fixture, {}, "", with_key + "\"}").status, 200U);
    EXPECT_EQ(fixture.committed.back().records.front().stream, 2U) << "an empty key is none";
}

TEST(Authentication, OfSeveralKeysTheFirstRightOneOfTheHeadCounts) {
    auto options = IngestFixture::default_options();
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    second.destinations.front().stream = 2;
    options.sources.push_back(second);
    IngestFixture fixture(options);
    const auto stream = [&] { return fixture.committed.back().records.front().stream; };
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "key2"}}, "writeKey=key").status, 200U);
    EXPECT_EQ(stream(), 2U);
    EXPECT_EQ(send(fixture, {{"Authorization", "Bearer proxy"}, {"X-Write-Key", "key"}}).status, 200U);
    EXPECT_EQ(stream(), 1U) << "what a proxy before us authenticates by is not taken for a key";
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "key"}}, "", R"({"userId":"u","event":"e","writeKey":"no"})").status,
              200U);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "no"}}, "", R"({"userId":"u","event":"e","writeKey":"key"})").status,
              401U);
}

TEST(Authentication, TheKeyPicksTheSource) {
    auto options = IngestFixture::default_options();
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    second.destinations.front().stream = 2;
    options.sources.push_back(second);
    IngestFixture fixture(options);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "key2"}}).status, 200U);
    EXPECT_EQ(fixture.committed.front().records.front().stream, 2U);
}

TEST(Authentication, ASourceMayHaveSeveralKeys) {
    auto options = IngestFixture::default_options();
    options.sources.front().write_keys = {"old", "new"};
    IngestFixture fixture(options);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "old"}}).status, 200U);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "new"}}).status, 200U);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "other"}}).status, 401U);
}

TEST(Authentication, FollowsTheSourcesThatAreInForce) {
    auto options = IngestFixture::default_options();
    IngestFixture fixture(options);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "key"}}).status, 200U);
    options.sources.front().write_keys = {"other"};
    fixture.ingest.replace(options);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "key"}}).status, 401U);
    EXPECT_EQ(send(fixture, {{"X-Write-Key", "other"}}).status, 200U);
}

TEST(Authentication, ARequestEndsByTheSourcesItBeganWith) {
    IngestFixture fixture;
    auto done = fixture.begin({verb::post, "/v1/track", "", {{"X-Write-Key", "key"}}, event});
    fixture.ingest.replace({});
    ASSERT_EQ(fixture.journal.waiting.size(), 1U);
    fixture.journal.commit();
    fixture.resume();
    ASSERT_TRUE(*done);
    EXPECT_EQ((*done)->status, 200U);
}

}  // namespace
}  // namespace pintle::ingest
