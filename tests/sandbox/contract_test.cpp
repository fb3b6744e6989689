#include "contract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pintle::sandbox {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
    std::string method;
    std::string path;
    std::string body;
    std::string message;  // part of the refusal
};

void PrintTo(const Case& one, std::ostream* out) {
    *out << one.method << ' ' << one.path << ' ' << one.body.substr(0, 200);
}

class Taken : public testing::TestWithParam<Case> {};
class Refused : public testing::TestWithParam<Case> {};

TEST_P(Taken, IsAnsweredWithAnEmptyObject) {
    const Reply reply = check(GetParam().method, GetParam().path, GetParam().body);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(reply.body, "{}");
}

TEST_P(Refused, Is400WithTheReason) {
    const Reply reply = check(GetParam().method, GetParam().path, GetParam().body);
    EXPECT_EQ(reply.status, 400U);
    EXPECT_THAT(reply.body, HasSubstr(GetParam().message));
    EXPECT_TRUE(json::accept(reply.body));
    EXPECT_THAT(reply.ids, IsEmpty());
}

const std::string person = "/api/v1/customers/u";
const std::string events = "/api/v1/customers/u/events";
const std::string devices = "/api/v1/customers/u/devices";
const std::string entity = "/api/v2/entity";
const std::string merge = "/api/v1/merge_customers";
const std::string ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

INSTANTIATE_TEST_SUITE_P(
    People, Taken,
    testing::Values(
        Case{"PUT", person, "{}", ""}, Case{"PUT", "/api/v1/customers/a%40b.co", R"({"email":"a@b.co"})", ""},
        Case{"PUT", person, R"({"id":5,"email":null,"created_at":1,"_timestamp":2,"anonymous_id":"a"})", ""},
        Case{"PUT", person, R"({"a":null,"b":[1,{"c":2.5}],"d":{"e":true},"unsubscribed":"yes"})", ""},
        Case{"PUT", person, R"({"created_at":1.0,"_update":true})", ""},
        Case{"PUT", person,
             R"({"cio_relationships":{"action":"add_relationships","relationships":[
                            {"identifiers":{"object_type_id":"1","object_id":"o"},"relationship_attributes":{}}]}})",
             ""},
        Case{"PUT", person, R"({"cio_subscription_preferences":{"topics":{"topic_1":true}}})", ""},
        Case{"DELETE", person, "", ""}, Case{"POST", person + "/suppress", "", ""},
        Case{"POST", "/api/v1/segments/7/add_customers", R"({"ids":["u"]})", ""},
        Case{"POST", "/api/v1/segments/7/remove_customers", R"({"ids":[]})", ""},
        Case{"POST", "/api/v1/metrics", R"({"delivery_id":"d","metric":"opened","timestamp":1})", ""},
        Case{"GET", "/auth", "", ""},
        Case{"POST", entity,
             R"({"type":"person","action":"viewed_content","identifiers":{"id":"u"},"name":"viewed_content"})", ""},
        Case{"POST", person + "/unsuppress", "", ""},
        Case{"PUT", "/api/v1/customers/" + std::string(150, 'x'), "{}", ""}));

INSTANTIATE_TEST_SUITE_P(
    People, Refused,
    testing::Values(Case{"PUT", person, "", "not valid JSON"}, Case{"PUT", person, "{", "not valid JSON"},
                    Case{"PUT", person, "{\"a\":\"\xff\"}", "not valid JSON"},
                    Case{"PUT", person, "[]", "must be a JSON object"},
                    Case{"POST", "/api/v1/segments/7/add_customers", "{}", "ids"},
                    Case{"POST", "/api/v1/metrics", R"({"delivery_id":"d","metric":"x"})", "metric"},
                    Case{"POST", "/api/v1/metrics", R"({"metric":"opened"})", "delivery_id"},
                    Case{"PUT", person, R"({"id":true})", "id must be a string"},
                    Case{"PUT", person, R"({"email":5})", "email must be a string"},
                    Case{"PUT", person, R"({"anonymous_id":5})", "anonymous_id must be a string"},
                    Case{"PUT", person, R"({"created_at":"now"})", "created_at must be an integer"},
                    Case{"PUT", person, R"({"created_at":1.5})", "created_at must be an integer"},
                    Case{"PUT", person, R"({"_timestamp":"1"})", "_timestamp must be an integer"},
                    Case{"PUT", person, R"({"_update":1})", "_update must be a boolean"},
                    Case{"PUT", person, R"({"cio_relationships":[]})", "cio_relationships must be an object"},
                    Case{"PUT", person, R"({"cio_relationships":{"action":"x"}})", "cio_relationships.action"},
                    Case{"PUT", person, R"({"cio_relationships":{"relationships":[{}]}})",
                         "[0].identifiers is required"},
                    Case{"PUT", person, R"({"cio_subscription_preferences":{"topics":{"topic_1":1}}})",
                         "topics.topic_1 must be a boolean"},
                    Case{"PUT", person, R"({"a":")" + std::string(32'000, 'x') + R"("})", "larger than 32 KB"},
                    Case{"PUT", "/api/v1/customers/" + std::string(151, 'x'), "{}", "at most 150 bytes"},
                    Case{"PUT", "/api/v1/customers/%zz", "{}", "not percent-encoded"},
                    Case{"PUT", "/api/v1/customers/%4", "{}", "not percent-encoded"},
                    Case{"DELETE", "/api/v1/customers/", "", "identifier in the path is empty"}));

INSTANTIATE_TEST_SUITE_P(
    Events, Taken,
    testing::Values(
        Case{"POST", events, R"({"name":"n"})", ""},
        Case{"POST", events, R"({"name":"n","type":"page","timestamp":-1,"data":{"a":[]},"id":")" + ulid + "\"}", ""},
        Case{"POST", events, R"({"name":")" + std::string(101, 'n') + "\"}", ""},
        Case{"POST", events, R"({"name":"n","type":"screen","anonymous_id":"a"})", ""},
        Case{"POST", events, R"({"name":"n","type":"screen","data":{"a":1}})", ""},
        Case{"POST", "/api/v1/events", R"({"name":"n"})", ""},
        Case{"POST", "/api/v1/events", R"({"name":")" + std::string(100, 'n') + R"(","anonymous_id":"a"})", ""}));

INSTANTIATE_TEST_SUITE_P(
    Events, Refused,
    testing::Values(
        Case{"POST", events, "{}", "name is required"},
        Case{"POST", events, R"({"name":""})", "name must not be empty"},
        Case{"POST", events, R"({"name":5})", "name must be a string"},
        Case{"POST", events, R"({"name":"n","type":"click"})", "type must be one of event, page, screen"},
        Case{"POST", events, R"({"name":"n","timestamp":"2020"})", "timestamp must be an integer"},
        Case{"POST", events, R"({"name":"n","data":[]})", "data must be an object"},
        Case{"POST", events, R"({"name":"n","id":"x"})", "id must be a ULID"},
        Case{"POST", events, R"({"name":"n","id":"81ARZ3NDEKTSV4RRFFQ69G5FAV"})", "id must be a ULID"},
        Case{"POST", events, R"({"name":"n","id":"01ARZ3NDEKTSV4RRFFQ69G5FAU"})", "id must be a ULID"},
        Case{"POST", events, R"({"name":"n","type":"screen","anonymous_id":1})", "anonymous_id must be a string"},
        Case{"POST", "/api/v1/events", R"({"name":"n","anonymous_id":5})", "anonymous_id must be a string"},
        Case{"POST", "/api/v1/events", R"({"name":")" + std::string(101, 'n') + "\"}", "at most 100 bytes"}));

INSTANTIATE_TEST_SUITE_P(Devices, Taken,
                         testing::Values(Case{"PUT", devices,
                                              R"({"device":{"id":"t","platform":"ios","last_used":1,"own":[1]}})", ""},
                                         Case{"PUT", devices, R"({"device":{"id":"t","platform":"android"}})", ""},
                                         Case{"DELETE", devices + "/a%2Fb", "", ""}));

INSTANTIATE_TEST_SUITE_P(
    Devices, Refused,
    testing::Values(Case{"PUT", devices, "{}", "device is required"},
                    Case{"PUT", devices, R"({"device":1})", "device must be an object"},
                    Case{"PUT", devices, R"({"device":{"platform":"ios"}})", "device.id is required"},
                    Case{"PUT", devices, R"({"device":{"id":1,"platform":"ios"}})", "device.id must be a string"},
                    Case{"PUT", devices, R"({"device":{"id":"t"}})", "device.platform is required"},
                    Case{"PUT", devices, R"({"device":{"id":"t","platform":"web"}})", "must be one of ios, android"},
                    Case{"PUT", devices, R"({"device":{"id":"t","platform":"ios","last_used":"1"}})",
                         "device.last_used must be an integer"},
                    Case{"DELETE", devices + "/", "", "device_id in the path is empty"}));

INSTANTIATE_TEST_SUITE_P(Merges, Taken,
                         testing::Values(Case{"POST", merge, R"({"primary":{"id":"a"},"secondary":{"email":"b"}})", ""},
                                         Case{"POST", merge, R"({"primary":{"cio_id":"a"},"secondary":{"id":"b"}})",
                                              ""}));

INSTANTIATE_TEST_SUITE_P(
    Merges, Refused,
    testing::Values(
        Case{"POST", merge, R"({"primary":{"id":"a"}})", "secondary is required"},
        Case{"POST", merge, R"({"primary":{"id":"a","email":"b"},"secondary":{"id":"c"}})", "exactly one of"},
        Case{"POST", merge, R"({"primary":{},"secondary":{"id":"c"}})", "exactly one of"},
        Case{"POST", merge, R"({"primary":{"phone":"+1"},"secondary":{"id":"c"}})", "exactly one of"},
        Case{"POST", merge, R"({"primary":{"id":1},"secondary":{"id":"c"}})", "primary.id must be a string"},
        Case{"POST", merge, R"({"primary":{"id":""},"secondary":{"id":"c"}})", "primary.id must not be empty"}));

INSTANTIATE_TEST_SUITE_P(
    Operations, Taken,
    testing::Values(
        Case{"POST", entity,
             R"({"type":"person","action":"identify","identifiers":{"id":"u"},"attributes":{"a":1},"timestamp":1})",
             ""},
        Case{"POST", entity, R"({"type":"person","action":"delete","identifiers":{"phone":"+441"}})", ""},
        Case{"POST", entity,
             R"({"type":"person","action":"event","identifiers":{"cio_id":"u"},"name":"n","id":")" + ulid + "\"}", ""},
        Case{"POST", entity, R"({"type":"person","action":"page","identifiers":{"anonymous_id":"u"},"name":"n"})", ""},
        Case{
            "POST", entity,
            R"({"type":"person","action":"add_device","identifiers":{"id":"u"},"device":{"token":"t","platform":"ios"}})",
            ""},
        Case{"POST", entity,
             R"({"type":"person","action":"delete_device","identifiers":{"id":"u"},"device":{"token":"t"}})", ""},
        Case{"POST", entity, R"({"type":"person","action":"merge","primary":{"id":"a"},"secondary":{"id":"b"}})", ""},
        Case{"POST", entity, R"({"type":"person","action":"suppress","identifiers":{"id":"u"}})", ""},
        Case{"POST", entity,
             R"({"type":"object","action":"identify","identifiers":{"object_type_id":"1","object_id":"o"},
            "attributes":{},"cio_relationships":[{"identifiers":{"email":"a"}}]})",
             ""},
        Case{"POST", entity, R"({"type":"person","action":"unsuppress","identifiers":{"cio_id":"u"}})", ""},
        Case{"POST", entity, R"({"type":"person","action":"screen","identifiers":{"id":"u"},"name":"n"})", ""},
        Case{"POST", entity,
             R"({"type":"person","action":"identify","identifiers":{"id":"u"},"cio_relationships":[
            {"identifiers":{"object_type_id":"2","object_id":"o"},"relationship_attributes":{"a":1}}]})",
             ""},
        Case{"POST", entity, R"({"type":"object","action":"delete","identifiers":{"cio_object_id":"o"}})", ""},
        Case{"POST", entity,
             R"({"type":"object","action":"delete_relationships","identifiers":{"object_type_id":"1","object_id":"o"},
            "cio_relationships":[{"identifiers":{"cio_id":"u"}}]})",
             ""},
        Case{"POST", entity,
             R"({"type":"object","action":"identify_anonymous","identifiers":{"object_type_id":"1","object_id":"o"},
            "attributes":{"b":1},"cio_relationships":[{"identifiers":{"anonymous_id":"a"},"relationship_attributes":{}}]})",
             ""},
        Case{
            "POST", entity,
            R"({"type":"delivery","action":"event","identifiers":{"id":"d"},"name":"opened","attributes":{"device_token":"t"}})",
            ""}));

INSTANTIATE_TEST_SUITE_P(
    Operations, Refused,
    testing::Values(
        Case{"POST", entity, "{}", "type is required"},
        Case{"POST", entity, R"({"type":"thing"})", "type must be one of"},
        Case{"POST", entity, R"({"type":"person","action":"dance"})", "action must be one of"},
        Case{"POST", entity, R"({"type":"person","action":"identify"})", "identifiers is required"},
        Case{"POST", entity, R"({"type":"person","action":"identify","identifiers":{"id":"a","email":"b"}})",
             "exactly one of"},
        Case{"POST", entity, R"({"type":"person","action":"identify","identifiers":{"anonymous_id":"a"}})",
             "exactly one of"},
        Case{"POST", entity, R"({"type":"person","action":"delete","identifiers":{"phone":"441"}})", "E.164"},
        Case{"POST", entity, R"({"type":"person","action":"identify","identifiers":{"id":"u"},"attributes":[]})",
             "attributes must be an object"},
        Case{"POST", entity, R"({"type":"person","action":"event","identifiers":{"id":"u"}})", "name is required"},
        Case{"POST", entity, R"({"type":"person","action":"event","identifiers":{"id":"u"},"name":"n","id":"x"})",
             "id must be a ULID"},
        Case{"POST", entity,
             R"({"type":"person","action":"event","identifiers":{"anonymous_id":"u"},"name":")" +
                 std::string(101, 'n') + "\"}",
             "at most 100 bytes"},
        Case{"POST", entity,
             R"({"type":"person","action":"add_device","identifiers":{"id":"u"},"device":{"platform":"ios"}})",
             "device.token is required"},
        Case{"POST", entity, R"({"type":"person","action":"add_relationships","identifiers":{"id":"u"}})",
             "cio_relationships is required"},
        Case{"POST", entity,
             R"({"type":"object","action":"identify","identifiers":{"object_type_id":"x","object_id":"o"}})",
             "object_type_id must be an integer from 1 up"},
        Case{"POST", entity, R"({"type":"object","action":"identify","identifiers":{"object_type_id":"1"}})",
             "object_id is required"},
        Case{"POST", entity,
             R"({"type":"object","action":"identify","identifiers":{"object_type_id":"1","object_id":"o"},
            "cio_relationships":[{"identifiers":{}}]})",
             "cio_relationships[0].identifiers must hold exactly one of"},
        Case{"POST", entity, R"({"type":"person","action":"suppress"})", "identifiers is required"},
        Case{"POST", entity, R"({"type":"person","action":"unsuppress","identifiers":{"id":""}})",
             "identifiers.id must not be empty"},
        Case{"POST", entity, R"({"type":"person","action":"delete","identifiers":{"anonymous_id":"a"}})",
             "exactly one of"},
        Case{"POST", entity, R"({"type":"person","action":"screen","identifiers":{"id":"u"}})", "name is required"},
        Case{"POST", entity,
             R"({"type":"person","action":"identify","identifiers":{"id":"u"},"cio_relationships":[
            {"identifiers":{"object_type_id":"0","object_id":"o"}}]})",
             "object_type_id must be an integer from 1 up"},
        Case{"POST", entity,
             R"({"type":"person","action":"identify","identifiers":{"id":"u"},"cio_relationships":[
            {"identifiers":{"object_type_id":"1","object_id":"o"},"relationship_attributes":"x"}]})",
             "relationship_attributes must be an object"},
        Case{"POST", entity, R"({"type":"object","action":"delete","identifiers":{"object_type_id":"1"}})",
             "object_id is required"},
        Case{
            "POST", entity,
            R"({"type":"object","action":"delete_relationships","identifiers":{"object_type_id":"1","object_id":"o"}})",
            "cio_relationships is required"},
        Case{"POST", entity,
             R"({"type":"object","action":"identify_anonymous","identifiers":{"object_type_id":"1","object_id":"o"},
            "cio_relationships":[{"identifiers":{"id":"u"}}]})",
             "must hold exactly one of anonymous_id"},
        Case{
            "POST", entity,
            R"({"type":"delivery","action":"event","identifiers":{"id":"d"},"name":"eaten","attributes":{"device_token":"t"}})",
            "name must be one of"}));

TEST(Contract, RefusalsOfV1AreAListOfMessages) {
    EXPECT_EQ(json::parse(check("POST", events, R"({"name":5,"timestamp":"x"})").body),
              json::parse(R"({"meta":{"errors":["name must be a string","timestamp must be an integer"]}})"));
}

TEST(Contract, RefusalsOfAMergeAreOneMessage) {
    EXPECT_EQ(json::parse(check("POST", merge, "{}").body), json::parse(R"({"meta":{"error":"primary is required"}})"));
}

TEST(Contract, RefusalsOfV2NameTheField) {
    EXPECT_EQ(
        json::parse(check("POST", entity, R"({"type":"person","action":"delete"})").body),
        json::parse(R"({"errors":[{"reason":"required","field":"identifiers","message":"identifiers is required"}]})"));
}

TEST(Contract, UnknownRoutesAre404) {
    EXPECT_EQ(check("GET", "/api/v1/nothing", "").status, 404U);
    EXPECT_EQ(check("PUT", "/api/v1/customers", "{}").status, 404U);
    EXPECT_EQ(check("PUT", "/api/v1/customers/u/devices/t/more", "{}").status, 404U);
}

TEST(Contract, AWrongMethodIs405WithTheRightOnes) {
    const Reply reply = check("PATCH", person, "{}");
    EXPECT_EQ(reply.status, 405U);
    EXPECT_EQ(reply.allow, "PUT, DELETE");
}

TEST(Contract, ABatchOfGoodItemsIsTaken) {
    const Reply reply =
        check("POST", "/api/v2/batch",
              R"({"batch":[{"type":"person","action":"event","identifiers":{"id":"u"},"name":"n","id":")" + ulid +
                  R"("},{"type":"person","action":"suppress","identifiers":{"id":"u"}}]})");
    EXPECT_EQ(reply.status, 200U) << reply.body;
    EXPECT_THAT(reply.ids, ElementsAre(ulid));
}

TEST(Contract, ABatchNamesItsBadItemsByIndexAndTakesTheOthers) {
    const Reply reply =
        check("POST", "/api/v2/batch",
              R"({"batch":[{"type":"person","action":"suppress","identifiers":{"id":"u"}},7,{"type":"person"}]})");
    EXPECT_EQ(reply.status, 207U);
    const json errors = json::parse(reply.body)["errors"];
    ASSERT_EQ(errors.size(), 2U);
    EXPECT_EQ(errors[0]["batch_index"], 1);
    EXPECT_EQ(errors[1]["batch_index"], 2);
    EXPECT_EQ(errors[1]["field"], "action");
}

TEST(Contract, ABatchsItemsFailOnDemandAndTheirIdsAreNotTaken) {
    int item = 0;
    const Reply reply = check("POST", "/api/v2/batch",
                              R"({"batch":[{"type":"person","action":"suppress","identifiers":{"id":"u"}},)"
                              R"({"type":"person","action":"event","identifiers":{"id":"u"},"name":"n","id":")" +
                                  std::string(ulid) + R"("}]})",
                              [&item] { return item++ == 1; });
    EXPECT_EQ(reply.status, 207U);
    EXPECT_THAT(reply.refused_items, ElementsAre(1));
    EXPECT_THAT(reply.ids, IsEmpty());
    EXPECT_EQ(json::parse(reply.body)["errors"][0]["batch_index"], 1);
}

TEST(Contract, AnItemOfABatchIsAtMost32KB) {
    const std::string big(32'000, 'x');
    const Reply reply =
        check("POST", "/api/v2/batch",
              R"({"batch":[{"type":"person","action":"identify","identifiers":{"id":"u"},"attributes":{"a":")" + big +
                  R"("}}]})");
    EXPECT_EQ(reply.status, 207U);
    EXPECT_THAT(reply.body, HasSubstr("larger than 32 KB"));
}

TEST(Contract, ABatchIsRefusedWholeWhereItIsNone) {
    EXPECT_EQ(check("POST", "/api/v2/batch", "{}").status, 400U);
    EXPECT_EQ(check("POST", "/api/v2/batch", R"({"batch":{}})").status, 400U);
    EXPECT_EQ(check("POST", "/api/v2/batch", R"({"batch":[]})").status, 400U);
    EXPECT_THAT(check("POST", "/api/v2/batch", std::string(500'001, ' ')).body, HasSubstr("larger than 500 KB"));
}

TEST(Contract, ThePersonsOwnIdIsNoDedupeId) {
    EXPECT_THAT(check("PUT", person, R"({"id":"u"})").ids, IsEmpty());
    EXPECT_THAT(check("POST", events, R"({"name":"n","id":")" + ulid + "\"}").ids, ElementsAre(ulid));
}

}  // namespace
}  // namespace pintle::sandbox
