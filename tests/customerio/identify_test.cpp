#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

json body(std::string_view event, const Options& options = {}) {
    const Outcome outcome = map_event(event, options);
    EXPECT_EQ(outcome.refusal, "") << event;
    return outcome.refusal.empty() ? outcome.body() : json();
}

json identified(const std::string& members, const Options& options = {}) {
    return body(R"({"type":"identify","userId":"u",)" + members + "}", options);
}

TEST(Identify, PutsTheCustomer) {
    const Outcome outcome = map_event(R"({"type":"IDENTIFY","userId":"u","traits":{"plan":"pro"}})");
    EXPECT_EQ(outcome.request.method, "PUT");
    EXPECT_EQ(outcome.request.path, "/api/v1/customers/u");
    EXPECT_EQ(outcome.request.body, R"({"plan":"pro"})");
}

TEST(Identify, TakesTheEmailWhereThereIsNoUserId) {
    EXPECT_EQ(map_event(R"({"type":"identify","anonymousId":"a","traits":{"email":"a@b.co"}})").request.path,
              "/api/v1/customers/a%40b.co");
}

TEST(Identify, OfAnAnonymousPersonIsAnOption) {
    const std::string_view event = R"({"type":"identify","anonymousId":"a"})";
    EXPECT_EQ(map_event(event).request.path, "/api/v1/customers/a");
    Options options;
    options.identify_anonymous = false;
    EXPECT_EQ(map_event(event, options).refusal, "identify needs userId, email or anonymousId");
    EXPECT_EQ(map_event(R"({"type":"identify"})").refusal, "identify needs userId, email or anonymousId");
}

TEST(Identify, RefusesTraitsThatAreNoObject) {
    for (const char* traits : {R"("x")", "[1]", "1", "true"}) {
        EXPECT_EQ(map_event(R"({"type":"identify","userId":"u","traits":)" + std::string(traits) + "}").refusal,
                  "traits must be an object");
        EXPECT_EQ(map_event(R"({"type":"identify","userId":"u","properties":)" + std::string(traits) + "}").refusal,
                  "properties must be an object");
    }
    EXPECT_EQ(identified(R"("traits":[],"properties":[])"), json::object());
    EXPECT_EQ(identified(R"("traits":null,"properties":null)"), json::object());
}

TEST(Identify, ForwardsValuesAsTheyWereWritten) {
    EXPECT_EQ(body_text(R"({"type":"identify","userId":"u","traits":{"a":9007199254740993,"b":1e21,"c":0.10,"d":1E400,)"
                        R"("e\u0041":"\u00e9\ud800","f":[1, {"g":null}],"a.b":1,"c\\d":2}})"),
              R"({"a":9007199254740993,"b":1e21,"c":0.10,"d":1E400,"e\u0041":"\u00e9\ud800","f":[1, {"g":null}],)"
              R"("a.b":1,"c\\d":2})");
}

TEST(Identify, TakesTheTraitsOfTheContextWhereItsOwnAreAbsentOrEmpty) {
    EXPECT_EQ(identified(R"("context":{"traits":{"k":1}})"), json({{"k", 1}}));
    EXPECT_EQ(identified(R"("traits":{},"context":{"traits":{"k":1}})"), json({{"k", 1}}));
    EXPECT_EQ(identified(R"("traits":{"a":2},"context":{"traits":{"k":1}})"), json({{"a", 2}}));
    EXPECT_EQ(identified(R"("context":{"traits":["k"]})"), json::object());
}

TEST(Identify, LeavesOutTheTraitsThatSayWhoAndWhen) {
    EXPECT_EQ(identified(R"("traits":{"userId":"x","anonymousId":"y","createdAt":0,"id":"z"})"), json({{"id", "z"}}));
}

TEST(Identify, SpreadsTheAddress) {
    EXPECT_EQ(
        identified(R"("traits":{"address":{"city":"C","country":"D","postalCode":"P","state":"S","street":"T"}})"),
        json({{"city", "C"}, {"country", "D"}, {"postalCode", "P"}, {"state", "S"}, {"street", "T"}}));
    EXPECT_EQ(identified(R"("traits":{"address":{"city":null,"zip":1,"zip":2}})"),
              json({{"city", nullptr}, {"address", {{"zip", 2}}}}));
    EXPECT_EQ(identified(R"("traits":{"address":"1 Main St"})"), json({{"address", "1 Main St"}}));
    EXPECT_EQ(identified(R"("traits":{"address":{}})"), json::object());
}

TEST(Identify, ATraitWinsOverThePartOfTheAddress) {
    EXPECT_EQ(identified(R"("traits":{"city":"trait","address":{"city":"address"}})"), json({{"city", "trait"}}));
}

TEST(Identify, UserPropertiesWinOverTraits) {
    EXPECT_EQ(
        identified(R"("traits":{"a":1,"b":1,"address":{"zip":1}},"user_properties":{"b":2,"address":3,"createdAt":4})"),
        json({{"a", 1}, {"b", 2}, {"address", 3}, {"createdAt", 4}}));
    EXPECT_EQ(identified(R"("user_properties":["a"])"), json::object());
}

TEST(Identify, CreatedAtComesFromTheFirstTruthyTrait) {
    EXPECT_EQ(identified(R"("traits":{"createdAt":"2014-05-21","created_at":5})"), json({{"created_at", 1400630400}}));
    EXPECT_EQ(identified(R"("traits":{"createdAt":0},"context":{"traits":{"createdAt":1571051718299}})"),
              json({{"created_at", 1571051718}}));
}

TEST(Identify, AnUnreadableCreatedAtIsNotReplaced) {
    EXPECT_EQ(
        identified(
            R"("traits":{"createdAt":"bad"},"context":{"traits":{"createdAt":1571051718}},"timestamp":1571051718)"),
        json({{"_timestamp", 1571051718}}));
}

TEST(Identify, TheEventsTimeIsInjectedAsCreatedAt) {
    EXPECT_EQ(identified(R"("timestamp":1571051718)"), json({{"created_at", 1571051718}, {"_timestamp", 1571051718}}));
    EXPECT_EQ(identified(R"("traits":{"created_at":null},"timestamp":1571051718)"),
              json({{"created_at", 1571051718}, {"_timestamp", 1571051718}}));
    EXPECT_EQ(identified(R"("traits":{"created_at":5},"timestamp":1571051718)"),
              json({{"created_at", 5}, {"_timestamp", 1571051718}}));
}

TEST(Identify, TheInjectionCanBeSwitchedOff) {
    Options options;
    options.created_at = CreatedAt::omit;
    EXPECT_EQ(identified(R"("timestamp":1571051718)", options), json({{"_timestamp", 1571051718}}));
    EXPECT_EQ(identified(R"("traits":{"createdAt":1571051718})", options), json({{"created_at", 1571051718}}));
}

TEST(Identify, WhatItAddsWinsOverTraitsOfTheSameName) {
    EXPECT_EQ(
        identified(
            R"("anonymousId":7,"timestamp":1571051718,"traits":{"_timestamp":1,"anonymous_id":"x","created_at":3})"),
        json({{"_timestamp", 1571051718}, {"anonymous_id", "7"}, {"created_at", 3}}));
}

TEST(Identify, WhatItCouldNotAddStaysATrait) {
    EXPECT_EQ(identified(R"("traits":{"_timestamp":1,"anonymous_id":"x"})"),
              json({{"_timestamp", 1}, {"anonymous_id", "x"}}));
}

TEST(Identify, AWarehouseSourcesIdentifierBecomesATrait) {
    EXPECT_EQ(identified(R"("traits":{"email":"old","a":1},"context":{"mappedToDestination":true,)"
                         R"("externalId":[{"id":"x@y.zz","identifierType":"email"}]})"),
              json({{"email", "x@y.zz"}, {"a", 1}}));
    EXPECT_EQ(identified(R"("context":{"mappedToDestination":true,"externalId":[{"id":42,"identifierType":"crm"}]})"),
              json({{"crm", 42}}));
    EXPECT_EQ(identified(R"("context":{"externalId":[{"id":42,"identifierType":"crm"}]})"), json::object());
}

TEST(Identify, NeverWritesANameTwice) {
    EXPECT_EQ(
        body_text(R"({"type":"identify","userId":"u","anonymousId":"a","traits":{"city":1,"\u0063ity":2,)"
                  R"("address":{"city":3,"city":4},"anonymous_\u0069d":5},"user_properties":{"city":6,"city":7}})"),
        R"({"city":7,"anonymous_id":"a"})");
}

TEST(Identify, AUserPropertyCreatedAtReplacesTheEventsTime) {
    const auto created_at = [](const std::string& members) {
        return map_event(R"({"type":"identify","userId":"u","timestamp":1571051718,)" + members + "}")
            .body()
            .at("created_at");
    };
    EXPECT_EQ(created_at(R"("user_properties":{"created_at":5})"), 5);
    EXPECT_EQ(created_at(R"("user_properties":{"created_at":5},"traits":{"created_at":4})"), 5);
    EXPECT_EQ(created_at(R"("user_properties":{"created_at":null},"traits":{"created_at":4})"), 1571051718);
    EXPECT_EQ(created_at(R"("user_properties":{"a":1},"traits":{"created_at":4})"), 4);
}

}  // namespace
}  // namespace pintle::customerio
