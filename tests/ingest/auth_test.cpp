#include "ingest/auth.hpp"

#include <gmock/gmock.h>

#include "ingest/call.hpp"

namespace pintle::ingest {
namespace {

using boost::beast::http::verb;
using testing::House;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr const char* event = R"({"userId":"u","event":"e"})";

http::Answer send(House& house, Headers headers, std::string query = "", std::string body = event) {
    return house.call({verb::post, "/v1/track", std::move(query), std::move(headers), std::move(body)});
}

TEST(Authentication, TakesTheKeyAsBasicsUserName) {
    House house;
    EXPECT_EQ(send(house, {{"Authorization", "Basic a2V5Og=="}}).status, 200U);          // key:
    EXPECT_EQ(send(house, {{"authorization", "basic a2V5OnNlY3JldA=="}}).status, 200U);  // key:secret
}

TEST(Authentication, TakesTheKeyAsABearer) {
    House house;
    EXPECT_EQ(send(house, {{"Authorization", "Bearer key"}}).status, 200U);
}

TEST(Authentication, TakesTheKeyAsAHeaderOfItsOwn) {
    House house;
    EXPECT_EQ(send(house, {{"X-Write-Key", "key"}}).status, 200U);
}

TEST(Authentication, TakesTheKeyFromTheQueryDecoded) {
    auto options = House::default_options();
    options.sources.front().write_keys = {"k+y/1"};
    House house(options);
    EXPECT_EQ(send(house, {}, "a=b&writeKey=k%2By%2F1").status, 200U);
}

TEST(Authentication, TakesTheKeyFromTheTopOfTheBodyAndKeepsItOutOfTheEvent) {
    House house;
    EXPECT_EQ(send(house, {}, "", R"({"writeKey":"key","userId":"u","event":"e"})").status, 200U);
    ASSERT_EQ(house.events().size(), 1U);
    EXPECT_THAT(house.events().front(), ::testing::Not(::testing::HasSubstr("\"key\"")));
}

TEST(Authentication, TakesTheKeyFromTheTopOfABatch) {
    House house;
    const auto answer = house.call(
        {verb::post, "/v1/batch", "", {}, R"({"batch":[{"type":"track","userId":"u","event":"e"}],"writeKey":"key"})"});
    EXPECT_EQ(answer.status, 200U);
}

TEST(Authentication, IsKnownBeforeTheBodyWhereTheKeyStandsInTheHead) {
    House house;
    send(house, {{"Authorization", "Bearer key"}});
    EXPECT_FALSE(house.terms.anonymous);
    send(house, {{"Authorization", "Bearer wrong"}, {"X-Write-Key", "key"}});
    EXPECT_FALSE(house.terms.anonymous);
    send(house, {}, "writeKey=key");
    EXPECT_FALSE(house.terms.anonymous);
    send(house, {}, "", R"({"writeKey":"key","userId":"u","event":"e"})");
    EXPECT_TRUE(house.terms.anonymous);
}

TEST(Authentication, AMissingKeyIs401InTheGatewaysWords) {
    House house;
    const auto answer = send(house, {});
    EXPECT_EQ(answer.status, 401U);
    EXPECT_EQ(answer.body, R"({"msg": "failed to read writekey from header"})");
    EXPECT_TRUE(house.committed.empty());
}

TEST(Authentication, AWrongKeyIs401InTheGatewaysWords) {
    House house;
    for (const Headers& headers : {Headers{{"X-Write-Key", "kez"}}, Headers{{"Authorization", "Bearer ke"}},
                                   Headers{{"Authorization", "Basic a2V6Og=="}}}) {
        const auto answer = send(house, headers);
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.body, R"({"msg": "invalid write key"})");
    }
    EXPECT_TRUE(house.committed.empty());
}

TEST(Authentication, BrokenBasicIsAsGoodAsNone) {
    House house;
    for (const char* value : {"Basic", "Basic !!!!", "Basic a2V5O", "Digest a2V5Og==", ""}) {
        EXPECT_EQ(send(house, {{"Authorization", value}}).body, R"({"msg": "failed to read writekey from header"})")
            << value;
    }
}

TEST(Authentication, ASourceWithoutAuthenticationTakesAnybody) {
    auto options = House::default_options();
    options.sources.front().write_keys.clear();
    options.sources.front().insecure_no_auth = true;
    House house(options);
    EXPECT_EQ(send(house, {}).status, 200U);
}

// Its sender believes to be another source.
TEST(Authentication, AWrongKeyIsNotAsGoodAsNone) {
    auto options = House::default_options();
    auto open = options.sources.front();
    open.name = "open";
    open.write_keys.clear();
    open.insecure_no_auth = true;
    open.log = 2;
    options.sources.push_back(open);
    House house(options);
    const std::string with_key = R"({"userId":"u","event":"e","writeKey":")";
    EXPECT_EQ(send(house, {{"X-Write-Key", "whatever"}}).status, 401U);
    EXPECT_EQ(send(house, {}, "writeKey=whatever").status, 401U);
    EXPECT_EQ(send(house, {}, "", with_key + "whatever\"}").status, 401U);
    EXPECT_TRUE(house.committed.empty());
    EXPECT_EQ(send(house, {}, "", with_key + "key\"}").status, 200U);
    EXPECT_EQ(house.committed.back().records.front().log, 1U) << "of the source whose key it is";
    EXPECT_EQ(send(house, {}, "", with_key + "\"}").status, 200U);
    EXPECT_EQ(house.committed.back().records.front().log, 2U) << "an empty key is none";
}

TEST(Authentication, OfSeveralKeysTheFirstRightOneOfTheHeadCounts) {
    auto options = House::default_options();
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    second.log = 2;
    options.sources.push_back(second);
    House house(options);
    const auto log = [&] { return house.committed.back().records.front().log; };
    EXPECT_EQ(send(house, {{"X-Write-Key", "key2"}}, "writeKey=key").status, 200U);
    EXPECT_EQ(log(), 2U);
    EXPECT_EQ(send(house, {{"Authorization", "Bearer proxy"}, {"X-Write-Key", "key"}}).status, 200U);
    EXPECT_EQ(log(), 1U) << "what a proxy before us authenticates by is not taken for a key";
    EXPECT_EQ(send(house, {{"X-Write-Key", "key"}}, "", R"({"userId":"u","event":"e","writeKey":"no"})").status, 200U);
    EXPECT_EQ(send(house, {{"X-Write-Key", "no"}}, "", R"({"userId":"u","event":"e","writeKey":"key"})").status, 401U);
}

TEST(Authentication, TheKeyPicksTheSource) {
    auto options = House::default_options();
    auto second = options.sources.front();
    second.name = "second";
    second.write_keys = {"key2"};
    second.log = 2;
    options.sources.push_back(second);
    House house(options);
    EXPECT_EQ(send(house, {{"X-Write-Key", "key2"}}).status, 200U);
    EXPECT_EQ(house.committed.front().records.front().log, 2U);
}

TEST(Authentication, ASourceMayHaveSeveralKeys) {
    auto options = House::default_options();
    options.sources.front().write_keys = {"old", "new"};
    House house(options);
    EXPECT_EQ(send(house, {{"X-Write-Key", "old"}}).status, 200U);
    EXPECT_EQ(send(house, {{"X-Write-Key", "new"}}).status, 200U);
    EXPECT_EQ(send(house, {{"X-Write-Key", "other"}}).status, 401U);
}

TEST(Authentication, FollowsTheSourcesThatAreInForce) {
    auto options = House::default_options();
    House house(options);
    EXPECT_EQ(send(house, {{"X-Write-Key", "key"}}).status, 200U);
    options.sources.front().write_keys = {"other"};
    house.ingest.replace(options);
    EXPECT_EQ(send(house, {{"X-Write-Key", "key"}}).status, 401U);
    EXPECT_EQ(send(house, {{"X-Write-Key", "other"}}).status, 200U);
}

TEST(Authentication, ARequestEndsByTheSourcesItBeganWith) {
    House house;
    auto done = house.begin({verb::post, "/v1/track", "", {{"X-Write-Key", "key"}}, event});
    house.ingest.replace({});
    ASSERT_EQ(house.journal.waiting.size(), 1U);
    house.journal.commit();
    house.settle();
    ASSERT_TRUE(*done);
    EXPECT_EQ((*done)->status, 200U);
}

}  // namespace
}  // namespace pintle::ingest
