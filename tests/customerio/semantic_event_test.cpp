#include <cstddef>
#include <optional>
#include <string>

#include "mapping_testing.hpp"
#include "pintle/customerio/key_hash.hpp"
#include "pintle/customerio/semantic_event.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options all_events(ApiVersion version = ApiVersion::v1) {
    Options options = without_dedupe_id();
    options.semantic_events.set();
    options.api_version = version;
    return options;
}

Options only(std::string_view event, ApiVersion version) {
    Options options = without_dedupe_id();
    options.semantic_events.set(semantic_event(event));
    options.api_version = version;
    return options;
}

std::string track(std::string_view event, const std::string& members = R"("userId":"u")") {
    return R"({"type":"track","event":")" + std::string(event) + "\"," + members + "}";
}

json item(const std::string& event, ApiVersion version) {
    const Outcome outcome = map_event(event, all_events(version));
    EXPECT_EQ(outcome.refusal, "");
    EXPECT_EQ(outcome.request.method, "POST");
    EXPECT_EQ(outcome.request.path, "/api/v2/batch");
    return outcome.body().at("batch").at(0);
}

const std::string with_object = R"("userId":"u","properties":{"objectId":"o"})";

// With all that each of them could need.
std::string whole(std::string_view event) {
    return track(event, with_object + R"(,"context":{"device":{"token":"t"}})");
}

TEST(SemanticEvents, AreOrdinaryEventsByDefault) {
    EXPECT_TRUE(Options().semantic_events.none());
    for (const auto name : semantic_event_names) {
        const Outcome outcome = map_event(whole(name), without_dedupe_id());
        EXPECT_EQ(outcome.request.method, "POST") << name;
        EXPECT_EQ(outcome.request.path, "/api/v1/customers/u/events") << name;
        EXPECT_EQ(outcome.body().at("name"), name);
    }
}

TEST(SemanticEvents, ActOnlyIfTheyAreNamed) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        Options none = without_dedupe_id();
        none.api_version = version;
        for (const auto named : semantic_event_names) {
            for (const auto sent : semantic_event_names) {
                const bool ordinary = map_event(whole(sent), only(named, version)).request.body ==
                                      map_event(whole(sent), none).request.body;
                EXPECT_EQ(ordinary, sent != named) << named << ", " << sent;
            }
        }
    }
}

TEST(SemanticEvents, HaveExactNames) {
    for (const char* name : {"user deleted", "User Deleted ", "User  Deleted", "UserDeleted", "Users Deleted"}) {
        EXPECT_EQ(map_event(track(name), all_events()).request.path, "/api/v1/customers/u/events") << name;
    }
    EXPECT_EQ(map_event(R"({"type":"TRACK","userId":"u","event":"User\u0020Deleted"})", all_events()).request.method,
              "DELETE");
}

TEST(SemanticEvents, AreTracksAlone) {
    for (const char* type : {"page", "screen"}) {
        EXPECT_EQ(map_event(R"({"type":")" + std::string(type) +
                                R"(","userId":"u","event":"User Deleted","name":"User Deleted"})",
                            all_events())
                      .request.path,
                  "/api/v1/customers/u/events")
            << type;
    }
}

TEST(SemanticEvents, ChangeThePersonByV1) {
    const auto request = [](std::string_view event) {
        const Outcome outcome =
            map_event(track(event, R"("userId":"a/b","properties":{"a":1},"timestamp":1571051718)"), all_events());
        EXPECT_EQ(outcome.refusal, "");
        EXPECT_EQ(outcome.request.body, "");
        return std::string(outcome.request.method) + ' ' + outcome.request.path;
    };
    EXPECT_EQ(request("User Deleted"), "DELETE /api/v1/customers/a%2Fb");
    EXPECT_EQ(request("User Suppressed"), "POST /api/v1/customers/a%2Fb/suppress");
    EXPECT_EQ(request("User Unsuppressed"), "POST /api/v1/customers/a%2Fb/unsuppress");
}

TEST(SemanticEvents, ChangeThePersonByV2) {
    const auto change = [](const char* action) {
        return json({{"type", "person"}, {"action", action}, {"identifiers", {{"email", "a@b.co"}}}});
    };
    const std::string person = R"("traits":{"email":"a@b.co"},"properties":{"a":1},"timestamp":1571051718)";
    EXPECT_EQ(item(track("User Deleted", person), ApiVersion::v2), change("delete"));
    EXPECT_EQ(item(track("User Suppressed", person), ApiVersion::v2), change("suppress"));
    EXPECT_EQ(item(track("User Unsuppressed", person), ApiVersion::v2), change("unsuppress"));
}

TEST(SemanticEvents, NameThePersonByTheTypeOfUserIds) {
    Options options = all_events();
    options.user_id_type = UserIdType::cio_id;
    EXPECT_EQ(map_event(track("User Deleted"), options).request.path, "/api/v1/customers/cio_u");
    EXPECT_EQ(map_event(track("Relationship Deleted", with_object), options)
                  .body()
                  .at("batch")
                  .at(0)
                  .at("cio_relationships")
                  .at(0)
                  .at("identifiers"),
              json({{"cio_id", "u"}}));
}

TEST(SemanticEvents, OfAUserNeedAPerson) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        for (const char* name : {"User Deleted", "User Suppressed", "User Unsuppressed"}) {
            for (const char* nobody : {R"("anonymousId":"a")", R"("userId":"","traits":{"id":null,"email":true})"}) {
                EXPECT_EQ(map_event(track(name, nobody), all_events(version)).refusal,
                          std::string(name) + " needs userId or email");
            }
        }
    }
}

TEST(SemanticEvents, CheckThePersonsId) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        for (const char* name : {"User Deleted", "User Suppressed", "User Unsuppressed", "Relationship Deleted"}) {
            const auto refusal = [&](const std::string& id) {
                return map_event(track(name, R"("properties":{"objectId":"o"},"userId":")" + id + '"'),
                                 all_events(version))
                    .refusal;
            };
            EXPECT_EQ(refusal("."), "person id cannot be . or ..") << name;
            EXPECT_EQ(refusal(".."), "person id cannot be . or ..") << name;
            EXPECT_EQ(refusal(std::string(151, 'x')), "person id is longer than 150 bytes") << name;
            EXPECT_EQ(refusal(std::string(150, 'x')), "") << name;
        }
    }
}

TEST(SemanticEvents, RegisterAndRemoveDevices) {
    const std::string device = R"("userId":"u","context":{"device":{"token":"t","type":"iOS"}},"properties":{"a":1})";
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        const auto body = [&](const char* event) {
            return map_event(track(event, device), all_events(version)).request.body;
        };
        const auto path = [&](const char* event) {
            return map_event(track(event, device), all_events(version)).request.path;
        };
        EXPECT_EQ(body("Device Created or Updated"), body("Application Opened"));
        EXPECT_EQ(path("Device Created or Updated"), path("Application Opened"));
        EXPECT_EQ(body("Device Deleted"), body("Application Uninstalled"));
        EXPECT_EQ(path("Device Deleted"), path("Application Uninstalled"));
    }
    EXPECT_EQ(map_event(track("Device Deleted", device), all_events()).request.path, "/api/v1/customers/u/devices/t");
}

TEST(SemanticEvents, OfADeviceAreOrdinaryWithoutATokenOrAPerson) {
    for (const char* name : {"Device Created or Updated", "Device Deleted"}) {
        EXPECT_EQ(map_event(track(name), all_events()).request.path, "/api/v1/customers/u/events");
        EXPECT_EQ(map_event(track(name, R"("anonymousId":"a","context":{"device":{"token":"t"}})"), all_events())
                      .request.path,
                  "/api/v1/events");
    }
}

TEST(SemanticEvents, DeleteAnObject) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        EXPECT_EQ(item(track("Object Deleted", R"("anonymousId":"a","properties":{"objectId":7,"a":1})"), version),
                  json({{"type", "object"},
                        {"action", "delete"},
                        {"identifiers", {{"object_id", "7"}, {"object_type_id", "1"}}}}));
    }
}

TEST(SemanticEvents, DeleteARelationship) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        EXPECT_EQ(item(track("Relationship Deleted", with_object), version),
                  json({{"type", "object"},
                        {"action", "delete_relationships"},
                        {"identifiers", {{"object_id", "o"}, {"object_type_id", "1"}}},
                        {"cio_relationships", json::array({{{"identifiers", {{"id", "u"}}}}})}}));
    }
}

TEST(SemanticEvents, FindTheObjectInItsOrder) {
    const auto identifiers = [](const std::string& members) {
        return item(track("Object Deleted", members), ApiVersion::v1).at("identifiers");
    };
    const auto object = [](const char* id, const char* type) {
        return json({{"object_id", id}, {"object_type_id", type}});
    };
    const std::string groups = R"("groupId":"g","context":{"groupId":"c"})";
    EXPECT_EQ(identifiers(groups + R"(,"properties":{"object_id":"2","objectId":"1"})"), object("1", "1"));
    EXPECT_EQ(identifiers(groups + R"(,"properties":{"object_id":"2","objectId":""})"), object("2", "1"));
    EXPECT_EQ(identifiers(groups + R"(,"properties":{"object_id":{}})"), object("g", "1"));
    EXPECT_EQ(identifiers(R"("groupId":null,"context":{"groupId":0})"), object("0", "1"));
    EXPECT_EQ(identifiers(R"("groupId":"g","properties":{"objectTypeId":3,"object_type_id":2})"), object("g", "3"));
    EXPECT_EQ(identifiers(R"("groupId":"g","properties":{"objectTypeId":"","object_type_id":2})"), object("g", "2"));
    EXPECT_EQ(identifiers(R"("groupId":"g","traits":{"objectTypeId":5})"), object("g", "1"));
}

TEST(SemanticEvents, OfAnObjectNeedItsId) {
    for (const char* name : {"Object Deleted", "Relationship Deleted"}) {
        EXPECT_EQ(map_event(track(name, R"("userId":"u","traits":{"objectId":"o"},"properties":{"objectId":""})"),
                            all_events())
                      .refusal,
                  "objectId is missing");
        EXPECT_EQ(
            map_event(track(name, R"("userId":"u","groupId":")" + std::string(151, 'o') + '"'), all_events()).refusal,
            "person id is longer than 150 bytes");
        EXPECT_EQ(
            map_event(track(name, R"("userId":"u","groupId":")" + std::string(150, 'o') + '"'), all_events()).refusal,
            "");
    }
}

// Otherwise nothing would be deleted, without anybody being told.
TEST(SemanticEvents, OfARelationshipNeedThePerson) {
    EXPECT_EQ(map_event(track("Relationship Deleted", R"("anonymousId":"a","groupId":"g")"), all_events()).refusal,
              "Relationship Deleted needs userId or email");
}

TEST(SemanticEvents, KeepTheirPlaceInThePersonsOrder) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        for (const auto name : semantic_event_names) {
            const std::string event =
                track(name, with_object + R"(,"anonymousId":"a","context":{"device":{"token":"t"}})");
            const auto keys = map_event(event, all_events(version)).keys;
            EXPECT_EQ(keys.person, key_hash("u")) << name;
            EXPECT_EQ(keys.anonymous, key_hash("a")) << name;
            EXPECT_EQ(keys.previous, 0U) << name;
        }
    }
}

// What the Mapper says that an event is, also if it cannot be mapped.
std::optional<SemanticEvent> acted_on(const std::string& text, const Options& options) {
    pintle::json::Event event;
    EXPECT_TRUE(event.parse(text)) << text;
    Mapper mapper(options);
    Mapped mapped;
    mapped.semantic_event = SemanticEvent::object_deleted;  // of an event before
    static_cast<void>(mapper.map(event, mapped));
    return mapped.semantic_event;
}

TEST(SemanticEvents, AreKnownForWhatTheyAre) {
    for (std::size_t i = 0; i < semantic_event_names.size(); ++i) {
        const auto event = whole(semantic_event_names[i]);
        EXPECT_EQ(acted_on(event, all_events()), static_cast<SemanticEvent>(i));
        EXPECT_EQ(acted_on(event, all_events(ApiVersion::v2)), static_cast<SemanticEvent>(i));
        EXPECT_EQ(acted_on(event, {}), std::nullopt);
    }
    EXPECT_EQ(acted_on(track("User Deleted", R"("anonymousId":"a")"), all_events()), SemanticEvent::user_deleted)
        << "cannot be mapped";
    EXPECT_EQ(acted_on(track("Device Deleted"), all_events()), std::nullopt) << "an ordinary event without a token";
    EXPECT_EQ(acted_on(track("Order Completed"), all_events()), std::nullopt);
    EXPECT_EQ(acted_on(R"({"type":"page","userId":"u","name":"n","event":"User Deleted"})", all_events()),
              std::nullopt);
}

TEST(SemanticEvents, SayInADeadLetterWhatTheyHaveNotDone) {
    EXPECT_EQ(dead_letter_message(SemanticEvent::user_deleted, "too old"), "the person was not deleted: too old");
    EXPECT_EQ(dead_letter_message(SemanticEvent::user_suppressed, ""), "the person was not suppressed: ");
    EXPECT_EQ(dead_letter_message(std::nullopt, "too old"), "too old");
    for (std::size_t i = 0; i < semantic_event_names.size(); ++i) {
        const auto message = dead_letter_message(static_cast<SemanticEvent>(i), "why");
        EXPECT_EQ(std::string(not_done_part(message)) + "why", message);
    }
    EXPECT_EQ(not_done_part("why"), "");
}

}  // namespace
}  // namespace pintle::customerio
