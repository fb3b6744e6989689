#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

json item(const std::string& members) {
    const Outcome outcome = map_event(R"({"type":"group")" + members + "}");
    EXPECT_EQ(outcome.refusal, "");
    EXPECT_EQ(outcome.request.method, "POST");
    EXPECT_EQ(outcome.request.path, "/api/v2/batch");
    const json batch = outcome.body().at("batch");
    EXPECT_EQ(batch.size(), 1U);
    return batch.at(0);
}

json related(const std::string& members) {
    return item(R"(,"groupId":"g")" + members).at("cio_relationships");
}

json relationship(const char* key, const char* value) {
    return json::array({{{"identifiers", {{key, value}}}}});
}

TEST(Group, IsABatchOfOneObject) {
    EXPECT_EQ(map_event(R"({"type":"group","groupId":1,"userId":"u","traits":{"a":0.10,"a":0.20}})").request.body,
              R"({"batch":[{"type":"object","action":"identify","identifiers":{"object_id":"1","object_type_id":"1"},)"
              R"("attributes":{"a":0.20},"cio_relationships":[{"identifiers":{"id":"u"}}]}]})");
}

TEST(Group, NeedsAnId) {
    EXPECT_EQ(map_event(R"({"type":"group","userId":"u"})").refusal, "groupId is missing");
    EXPECT_EQ(item(R"(,"traits":{"groupId":"t"})").at("identifiers").at("object_id"), "t");
    EXPECT_EQ(item(R"(,"groupId":"g","traits":{"groupId":"t"})").at("identifiers").at("object_id"), "g");
}

TEST(Group, TheTypeOfTheObjectIsAString) {
    const auto type = [](const std::string& value) {
        return item(R"(,"groupId":"g","traits":{"objectTypeId":)" + value + "}").at("identifiers").at("object_type_id");
    };
    EXPECT_EQ(type("2"), "2");
    EXPECT_EQ(type(R"("3")"), "3");
    EXPECT_EQ(type(R"("")"), "1");
    EXPECT_EQ(type("null"), "1");
}

TEST(Group, TheActionIsTheFirstTruthyOneIfItIsKnown) {
    const auto action = [](const std::string& members) { return item(R"(,"groupId":"g")" + members).at("action"); };
    EXPECT_EQ(action(""), "identify");
    EXPECT_EQ(action(R"(,"traits":{"action":"delete"})"), "delete");
    EXPECT_EQ(action(R"(,"traits":{"action":0},"properties":{"action":"add_relationships"})"), "add_relationships");
    EXPECT_EQ(action(R"(,"traits":{"action":"x"},"properties":{"action":"delete"})"), "identify");
    EXPECT_EQ(action(R"(,"properties":{"action":"delete_relationships"})"), "delete_relationships");
}

TEST(Group, TheActionIsNoAttribute) {
    EXPECT_EQ(item(R"(,"groupId":"g","traits":{"action":"delete","objectTypeId":2})").at("attributes"),
              json({{"objectTypeId", 2}}));
    EXPECT_EQ(item(R"(,"groupId":"g")").at("attributes"), json::object());
    EXPECT_EQ(item(R"(,"groupId":"g","traits":[])").at("attributes"), json::object());
}

TEST(Group, RelatesThePerson) {
    EXPECT_EQ(related(R"(,"userId":5)"), relationship("id", "5"));
    EXPECT_EQ(related(R"(,"userId":"a@b.co")"), relationship("email", "a@b.co"));
    EXPECT_EQ(related(R"(,"context":{"traits":{"email":"c@d.co"}})"), relationship("email", "c@d.co"));
    EXPECT_EQ(related(R"(,"properties":{"email":"p"})"), relationship("id", "p"));
    EXPECT_EQ(related(R"(,"context":{"externalId":[{"id":"x@y.zz"}]})"), relationship("email", "x@y.zz"));
}

TEST(Group, TheEmailAmongItsTraitsIsTheGroupsOwn) {
    EXPECT_EQ(related(R"(,"traits":{"email":"a@b.co"})"), json::array());
}

TEST(Group, AnItemMayHave32000Bytes) {
    const std::string head = R"({"type":"group","groupId":"g","traits":{"a":")";
    const std::size_t framing =
        map_event(head + "\"}}").request.body.size() - std::string_view(R"({"batch":[]})").size();
    EXPECT_EQ(map_event(head + std::string(32'000 - framing, 'x') + "\"}}").refusal, "");
    EXPECT_EQ(map_event(head + std::string(32'001 - framing, 'x') + "\"}}").refusal, "batch item is larger than 32 KB");
}

}  // namespace
}  // namespace pintle::customerio
