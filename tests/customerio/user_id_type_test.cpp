#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options with(UserIdType type, ApiVersion version = ApiVersion::v1) {
    Options options = without_dedupe_id();
    options.user_id_type = type;
    options.api_version = version;
    return options;
}

std::string path(const std::string& event, UserIdType type) {
    const Outcome outcome = map_event(event, with(type));
    EXPECT_EQ(outcome.refusal, "");
    return outcome.request.path;
}

json identifiers(const std::string& event, UserIdType type) {
    const Outcome outcome = map_event(event, with(type, ApiVersion::v2));
    EXPECT_EQ(outcome.refusal, "");
    return outcome.body().at("batch").at(0).at("identifiers");
}

std::string identified(const std::string& id) {
    return R"({"type":"identify","userId":)" + id + "}";
}

json merged(const std::string& user, const std::string& previous, UserIdType type, ApiVersion version) {
    const Outcome outcome =
        map_event(R"({"type":"alias","userId":)" + user + R"(,"previousId":)" + previous + "}", with(type, version));
    EXPECT_EQ(outcome.refusal, "");
    const json body = version == ApiVersion::v1 ? outcome.body() : outcome.body().at("batch").at(0);
    return {body.at("primary"), body.at("secondary")};
}

TEST(UserIdType, IsFoundInTheTextOfTheIdByDefault) {
    const auto automatic = UserIdType::automatic;
    EXPECT_EQ(Options().user_id_type, automatic);
    EXPECT_EQ(identifiers(identified(R"("u")"), automatic), json({{"id", "u"}}));
    EXPECT_EQ(identifiers(identified("42"), automatic), json({{"id", "42"}}));
    EXPECT_EQ(identifiers(identified(R"("a@b.co")"), automatic), json({{"email", "a@b.co"}}));
    EXPECT_EQ(identifiers(identified(R"("c\u0069o_03a2")"), automatic), json({{"cio_id", "03a2"}}));
    EXPECT_EQ(identifiers(identified(R"("cio_a@b.co")"), automatic), json({{"cio_id", "a@b.co"}}));
    EXPECT_EQ(identifiers(identified(R"("cio_")"), automatic), json({{"id", "cio_"}}));
    EXPECT_EQ(identifiers(identified(R"("CIO_1")"), automatic), json({{"id", "CIO_1"}}));
}

TEST(UserIdType, IsThatOfEveryUserId) {
    EXPECT_EQ(identifiers(identified(R"("a@b.co")"), UserIdType::id), json({{"id", "a@b.co"}}));
    EXPECT_EQ(identifiers(identified(R"("cio_1")"), UserIdType::id), json({{"id", "cio_1"}}));
    EXPECT_EQ(identifiers(identified("7"), UserIdType::email), json({{"email", "7"}}));
    EXPECT_EQ(identifiers(identified(R"("cio_1")"), UserIdType::email), json({{"email", "cio_1"}}));
    EXPECT_EQ(identifiers(identified(R"("cio_1\"")"), UserIdType::cio_id), json({{"cio_id", "1\""}}));
    EXPECT_EQ(identifiers(identified(R"("u\n")"), UserIdType::cio_id), json({{"cio_id", "u\n"}}));
    EXPECT_EQ(identifiers(identified("0"), UserIdType::cio_id), json({{"cio_id", "0"}}));
}

TEST(UserIdType, IsThatOfTheUserIdThatTraitsOrAWarehouseGive) {
    EXPECT_EQ(identifiers(R"({"type":"identify","traits":{"id":"a@b.co"}})", UserIdType::id), json({{"id", "a@b.co"}}));
    EXPECT_EQ(identifiers(R"({"type":"identify","userId":"u",)"
                          R"("context":{"mappedToDestination":true,"externalId":[{"id":"w@b.co"}]}})",
                          UserIdType::id),
              json({{"id", "w@b.co"}}));
}

TEST(UserIdType, IsNotThatOfWhatStandsInForAUserId) {
    EXPECT_EQ(identifiers(R"({"type":"identify","traits":{"email":"a@b.co"}})", UserIdType::id),
              json({{"email", "a@b.co"}}));
    EXPECT_EQ(identifiers(R"({"type":"identify","anonymousId":"a@b.co"})", UserIdType::cio_id),
              json({{"email", "a@b.co"}}));
    EXPECT_EQ(identifiers(R"({"type":"identify","anonymousId":"anon"})", UserIdType::email), json({{"id", "anon"}}));
    EXPECT_EQ(identifiers(R"({"type":"identify","anonymousId":"cio_1"})", UserIdType::email), json({{"cio_id", "1"}}));
    EXPECT_EQ(path(R"({"type":"identify","anonymousId":"anon"})", UserIdType::cio_id), "/api/v1/customers/anon");
    EXPECT_EQ(path(R"({"type":"page","name":"N","traits":{"email":"a@b.co"}})", UserIdType::cio_id),
              "/api/v1/customers/a%40b.co/events");
}

TEST(UserIdType, AddsThePrefixOfACioIdToAV1Path) {
    EXPECT_EQ(path(identified(R"("u/1")"), UserIdType::cio_id), "/api/v1/customers/cio_u%2F1");
    EXPECT_EQ(path(identified("42"), UserIdType::cio_id), "/api/v1/customers/cio_42");
    EXPECT_EQ(path(identified(R"("cio_u")"), UserIdType::cio_id), "/api/v1/customers/cio_u");
    EXPECT_EQ(path(identified(R"("cio_")"), UserIdType::cio_id), "/api/v1/customers/cio_");
    for (const auto type : {UserIdType::automatic, UserIdType::id, UserIdType::email}) {
        EXPECT_EQ(path(identified(R"("cio_u")"), type), "/api/v1/customers/cio_u");
        EXPECT_EQ(path(identified(R"("u")"), type), "/api/v1/customers/u");
    }
}

TEST(UserIdType, IsThatOfBothIdsOfAMerge) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        EXPECT_EQ(merged(R"("cio_1")", R"("a@b.co")", UserIdType::automatic, version),
                  json({{{"cio_id", "1"}}, {{"email", "a@b.co"}}}));
        EXPECT_EQ(merged(R"("a@b.co")", R"("cio_1")", UserIdType::id, version),
                  json({{{"id", "a@b.co"}}, {{"id", "cio_1"}}}));
        EXPECT_EQ(merged("1", R"("p")", UserIdType::email, version), json({{{"email", "1"}}, {{"email", "p"}}}));
        EXPECT_EQ(merged(R"("cio_1")", "2", UserIdType::cio_id, version), json({{{"cio_id", "1"}}, {{"cio_id", "2"}}}));
    }
}

TEST(UserIdType, IsThatOfThePersonOfAGroup) {
    const auto person = [](const std::string& members, UserIdType type) {
        return map_event(R"({"type":"group","groupId":"g",)" + members + "}", with(type))
            .body()
            .at("batch")
            .at(0)
            .at("cio_relationships")
            .at(0)
            .at("identifiers");
    };
    EXPECT_EQ(person(R"("userId":"cio_1")", UserIdType::automatic), json({{"cio_id", "1"}}));
    EXPECT_EQ(person(R"("userId":"u")", UserIdType::cio_id), json({{"cio_id", "u"}}));
    EXPECT_EQ(person(R"("userId":"a@b.co")", UserIdType::id), json({{"id", "a@b.co"}}));
    EXPECT_EQ(person(R"("properties":{"email":"u"})", UserIdType::cio_id), json({{"id", "u"}}));
}

TEST(UserIdType, ChangesNeitherTheLimitNorTheOrder) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        for (const auto type : {UserIdType::id, UserIdType::email, UserIdType::cio_id}) {
            const Options options = with(type, version);
            EXPECT_EQ(map_event(identified('"' + std::string(150, 'x') + '"'), options).refusal, "");
            EXPECT_EQ(map_event(identified('"' + std::string(151, 'x') + '"'), options).refusal,
                      "person id is longer than 150 bytes");
            EXPECT_EQ(map_event(identified(R"("..")"), options).refusal, "person id cannot be . or ..");
            EXPECT_EQ(map_event(identified(R"("u")"), options).keys.person,
                      map_event(identified(R"("u")")).keys.person);
        }
    }
}

}  // namespace
}  // namespace pintle::customerio
