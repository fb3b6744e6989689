#include "mapping_testing.hpp"
#include "pintle/base/ordering_keys.hpp"
#include "pintle/customerio/key_hash.hpp"

namespace pintle::customerio {
namespace {

OrderingKeys keys(std::string_view event) {
    return map_event(event).keys;
}

TEST(OrderingKeys, AreTheHashesThatRecordsHold) {
    EXPECT_EQ(key_hash(""), 0xCBF29CE484222325U);
    EXPECT_EQ(key_hash("a"), 0xAF63DC4C8601EC8CU);
    EXPECT_EQ(key_hash("foobar"), 0x85944171F73967E8U);
}

TEST(OrderingKeys, OfAnEventAreItsPersonAndItsAnonymousId) {
    const OrderingKeys found = keys(R"({"type":"track","event":"E","userId":"u","anonymousId":7})");
    EXPECT_EQ(found.person, key_hash("u"));
    EXPECT_EQ(found.anonymous, key_hash("7"));
    EXPECT_EQ(found.previous, 0U);
}

TEST(OrderingKeys, OfAnAnonymousEventHoldNoPerson) {
    const OrderingKeys found = keys(R"({"type":"track","event":"E","anonymousId":"a"})");
    EXPECT_EQ(found.person, 0U);
    EXPECT_EQ(found.anonymous, key_hash("a"));
}

TEST(OrderingKeys, OfAnAnonymousIdentifyAreTheSame) {
    const OrderingKeys found = keys(R"({"type":"identify","anonymousId":"a"})");
    EXPECT_EQ(found.person, key_hash("a"));
    EXPECT_EQ(found.anonymous, key_hash("a"));
}

TEST(OrderingKeys, OfAnAliasHoldWhoItWas) {
    const OrderingKeys found = keys(R"({"type":"alias","userId":"u","previousId":"\u0061"})");
    EXPECT_EQ(found.person, key_hash("u"));
    EXPECT_EQ(found.anonymous, 0U);
    EXPECT_EQ(found.previous, key_hash("a"));
}

TEST(OrderingKeys, OfAGroupAreTheRelatedPerson) {
    EXPECT_EQ(keys(R"({"type":"group","groupId":"g","context":{"traits":{"email":"a@b.co"}}})").person,
              key_hash("a@b.co"));
    EXPECT_EQ(keys(R"({"type":"group","groupId":"g"})").person, 0U);
}

TEST(OrderingKeys, OfTheNextEventAreItsOwn) {
    json::Event event;
    Mapper mapper({});
    Mapped mapped;
    ASSERT_TRUE(event.parse(R"({"type":"alias","userId":"u","previousId":"p","anonymousId":"a"})"));
    ASSERT_TRUE(mapper.map(event, mapped));
    ASSERT_TRUE(event.parse(R"({"type":"identify","userId":"v"})"));
    ASSERT_TRUE(mapper.map(event, mapped));
    EXPECT_EQ(mapped.keys.person, key_hash("v"));
    EXPECT_EQ(mapped.keys.anonymous, 0U);
    EXPECT_EQ(mapped.keys.previous, 0U);
    EXPECT_EQ(mapped.request.body, "{}");
}

}  // namespace
}  // namespace pintle::customerio
