#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options related(ApiVersion version = ApiVersion::v1) {
    Options options = without_dedupe_id();
    options.relationships = true;
    options.api_version = version;
    return options;
}

std::string identify(const std::string& traits) {
    return R"({"type":"identify","userId":"u","traits":)" + traits + "}";
}

json item(const std::string& event, const Options& options) {
    const Outcome outcome = map_event(event, options);
    EXPECT_EQ(outcome.refusal, "");
    return outcome.body().at("batch").at(0);
}

// What the person is related to, as both versions tell it; null where it is told of none.
json relationships(const std::string& event) {
    const json v1 = map_event(event, related()).body();
    const json v2 = item(event, related(ApiVersion::v2));
    EXPECT_EQ(v1.contains("cio_relationships"), v2.contains("cio_relationships")) << event;
    if (!v1.contains("cio_relationships")) return nullptr;
    EXPECT_EQ(v1.at("cio_relationships"),
              json({{"action", "add_relationships"}, {"relationships", v2.at("cio_relationships")}}))
        << event;
    return v2.at("cio_relationships");
}

json object(const char* type, const char* id) {
    return {{"object_type_id", type}, {"object_id", id}};
}

json to(const char* type, const char* id) {
    return json::array({{{"identifiers", object(type, id)}}});
}

TEST(Relationship, IsNotReadByDefault) {
    EXPECT_EQ(map_event(identify(R"({"objectId":"o","relationshipAttributes":{"role":"admin"}})")).body(),
              json({{"objectId", "o"}, {"relationshipAttributes", {{"role", "admin"}}}}));
}

TEST(Relationship, OfAnIdentifyStandsInTheBodyOfV1) {
    EXPECT_EQ(body_text(identify(R"({"a":1,"objectId":"o","objectTypeId":2,"relationshipAttributes":{"r":0.10}})"),
                        related()),
              R"({"a":1,"cio_relationships":{"action":"add_relationships","relationships":[{"identifiers":)"
              R"({"object_id":"o","object_type_id":"2"},"relationship_attributes":{"r":0.10}}]}})");
}

TEST(Relationship, OfAnIdentifyStandsBesideTheAttributesOfV2) {
    EXPECT_EQ(
        item(R"({"type":"identify","userId":"u","timestamp":1571051718,"traits":{"created_at":1,"objectId":"o"}})",
             related(ApiVersion::v2)),
        json({{"type", "person"},
              {"action", "identify"},
              {"identifiers", {{"id", "u"}}},
              {"attributes", {{"created_at", 1}}},
              {"cio_relationships", to("1", "o")},
              {"timestamp", 1571051718}}));
}

TEST(Relationship, FindsTheObjectAndItsType) {
    EXPECT_EQ(relationships(identify(R"({"objectId":7})")), to("1", "7"));
    EXPECT_EQ(relationships(identify(R"({"objectId":0,"object_type_id":"3"})")), to("3", "0"));
    EXPECT_EQ(relationships(identify(R"({"objectId":"o","object_type_id":3,"objectTypeId":"2"})")), to("2", "o"));
    EXPECT_EQ(relationships(identify(R"({"objectId":"o","object_type_id":3,"objectTypeId":""})")), to("3", "o"));
    EXPECT_EQ(relationships(identify(R"({"objectId":"o","object_type_id":null,"objectTypeId":{}})")), to("1", "o"));
    EXPECT_EQ(relationships(identify(R"({"objectId":"x","objectId":"o"})")), to("1", "o"));
}

TEST(Relationship, IsReadInTheTraitsThatAreUsed) {
    const std::string context = R"("context":{"traits":{"objectId":"c","object_type_id":2}})";
    EXPECT_EQ(relationships(R"({"type":"identify","userId":"u",)" + context + "}"), to("2", "c"));
    EXPECT_EQ(relationships(R"({"type":"identify","userId":"u","traits":{},)" + context + "}"), to("2", "c"));
    EXPECT_EQ(relationships(R"({"type":"identify","userId":"u","traits":{"a":1},)" + context + "}"), nullptr);
}

TEST(Relationship, IsNoneWithoutAUsableObject) {
    for (const char* id : {"null", R"("")", "true", "{}", "[1]"}) {
        const std::string event = identify(R"({"objectId":)" + std::string(id) +
                                           R"(,"objectTypeId":2,"object_type_id":3,"relationshipAttributes":{"a":1}})");
        EXPECT_EQ(relationships(event), nullptr) << id;
        EXPECT_EQ(map_event(event, related()).request.body, map_event(event, without_dedupe_id()).request.body);
    }
    EXPECT_EQ(map_event(identify(R"({"objectTypeId":2,"relationshipAttributes":{"a":1}})"), related()).body(),
              json({{"objectTypeId", 2}, {"relationshipAttributes", {{"a", 1}}}}));
}

TEST(Relationship, ItsTraitsAreNoAttributes) {
    const std::string traits =
        R"({"plan":"pro","objectId":"o","objectTypeId":2,"object_type_id":3,"relationshipAttributes":"x"})";
    EXPECT_EQ(relationships(identify(traits)), to("2", "o"));
    EXPECT_EQ(item(identify(traits), related(ApiVersion::v2)).at("attributes"), json({{"plan", "pro"}}));
}

TEST(Relationship, HasAttributesIfTheyAreAnObject) {
    const auto attributes = [](const std::string& given) {
        const json all = relationships(identify(R"({"objectId":"o","relationshipAttributes":)" + given + "}"));
        return all.at(0).value("relationship_attributes", json());
    };
    EXPECT_EQ(attributes(R"({"role":"admin","n":null})"), json({{"role", "admin"}, {"n", nullptr}}));
    EXPECT_EQ(attributes("{}"), json::object());
    for (const char* other : {"null", R"("x")", "1", "[]", R"([{"a":1}])"}) EXPECT_EQ(attributes(other), json());
}

TEST(Relationship, ReplacesWhateverBringsItsName) {
    for (const char* given : {R"("traits":{"objectId":"o","cio_relationships":1})",
                              R"("traits":{"objectId":"o"},"user_properties":{"cio_relationships":{"a":1}})"}) {
        const std::string event = R"({"type":"identify","userId":"u",)" + std::string(given) + "}";
        EXPECT_EQ(relationships(event), to("1", "o"));
        EXPECT_EQ(item(event, related(ApiVersion::v2)).at("attributes"), json::object());
    }
    EXPECT_EQ(map_event(identify(R"({"cio_relationships":1})"), related()).body(), json({{"cio_relationships", 1}}));
}

TEST(Relationship, ItsObjectHasTheLimitOfIds) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        const auto refusal = [&](const std::string& id) {
            return map_event(identify(R"({"objectId":")" + id + "\"}"), related(version)).refusal;
        };
        EXPECT_EQ(refusal(std::string(150, 'o')), "");
        EXPECT_EQ(refusal(std::string(151, 'o')), "person id is longer than 150 bytes");
        EXPECT_EQ(refusal(".."), "");
    }
    EXPECT_EQ(map_event(identify(R"({"objectId":")" + std::string(151, 'o') + "\"}")).refusal, "");
}

TEST(Relationship, ItsAttributesMayHoldDates) {
    Options options = related();
    options.convert_dates = true;
    const std::string event =
        identify(R"({"objectId":"1970-01-02","relationshipAttributes":{"since":"1970-01-02","l":["1970-01-02"]}})");
    EXPECT_EQ(map_event(event, options).body().at("cio_relationships").at("relationships").at(0),
              json({{"identifiers", object("1", "1970-01-02")},
                    {"relationship_attributes", {{"since", 86400}, {"l", {"1970-01-02"}}}}}));
    EXPECT_EQ(
        item(R"({"type":"group","groupId":"g","userId":"u","traits":{"relationshipAttributes":{"a":"1970-01-02"}}})",
             options)
            .at("cio_relationships")
            .at(0)
            .at("relationship_attributes"),
        json({{"a", 86400}}));
}

json group(const std::string& members, const Options& options = related()) {
    return item(R"({"type":"group","groupId":"g",)" + members + "}", options);
}

TEST(Relationship, OfAGroupHasAttributes) {
    const json with = group(R"("userId":"u","traits":{"a":1,"relationshipAttributes":{"role":"admin"}})");
    EXPECT_EQ(with.at("attributes"), json({{"a", 1}}));
    EXPECT_EQ(with.at("cio_relationships"),
              json::array({{{"identifiers", {{"id", "u"}}}, {"relationship_attributes", {{"role", "admin"}}}}}));
    EXPECT_EQ(group(R"("userId":"u","traits":{"relationshipAttributes":{"role":"admin"}})", without_dedupe_id())
                  .at("attributes"),
              json({{"relationshipAttributes", {{"role", "admin"}}}}));
}

TEST(Relationship, OfAGroupLeavesAttributesThatAreNoObject) {
    for (const char* other : {"null", R"("x")", "[]"}) {
        const json sent = group(R"("userId":"u","traits":{"relationshipAttributes":)" + std::string(other) + "}");
        EXPECT_EQ(sent.at("attributes"), json({{"relationshipAttributes", json::parse(other)}}));
        EXPECT_EQ(sent.at("cio_relationships"), json::array({{{"identifiers", {{"id", "u"}}}}}));
    }
}

TEST(Relationship, OfAGroupMayBeAnAnonymousPersons) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        const json sent =
            group(R"("anonymousId":7,"traits":{"a":1,"relationshipAttributes":{"role":"admin"}})", related(version));
        EXPECT_EQ(sent,
                  json({{"type", "object"},
                        {"action", "identify_anonymous"},
                        {"identifiers", {{"object_id", "g"}, {"object_type_id", "1"}}},
                        {"attributes", {{"a", 1}}},
                        {"cio_relationships", json::array({{{"identifiers", {{"anonymous_id", "7"}}},
                                                            {"relationship_attributes", {{"role", "admin"}}}}})}}));
    }
    const json off = group(R"("anonymousId":"a")", without_dedupe_id());
    EXPECT_EQ(off.at("action"), "identify");
    EXPECT_EQ(off.at("cio_relationships"), json::array());
}

TEST(Relationship, OfAGroupIsAnonymousOnlyInAnIdentifyWithoutAPerson) {
    EXPECT_EQ(group(R"("anonymousId":"a","userId":"u")").at("action"), "identify");
    EXPECT_EQ(group(R"("anonymousId":"a","properties":{"email":"a@b.co"})").at("action"), "identify");
    EXPECT_EQ(group(R"("anonymousId":"")").at("action"), "identify");
    for (const char* action : {"delete", "add_relationships", "delete_relationships"}) {
        const json sent = group(R"("anonymousId":"a","traits":{"action":")" + std::string(action) + "\"}");
        EXPECT_EQ(sent.at("action"), action);
        EXPECT_EQ(sent.at("cio_relationships"), json::array());
    }
    EXPECT_EQ(group(R"("anonymousId":"a","traits":{"action":"other"})").at("action"), "identify_anonymous");
}

TEST(Relationship, OfAnAnonymousPersonHasTheLimitOfIds) {
    const auto refusal = [](std::size_t size, const Options& options) {
        return map_event(R"({"type":"group","groupId":"g","anonymousId":")" + std::string(size, 'a') + "\"}", options)
            .refusal;
    };
    EXPECT_EQ(refusal(150, related()), "");
    EXPECT_EQ(refusal(151, related()), "person id is longer than 150 bytes");
    EXPECT_EQ(refusal(151, without_dedupe_id()), "");
}

}  // namespace
}  // namespace pintle::customerio
