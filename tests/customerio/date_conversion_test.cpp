#include <string>

#include "date_conversion.hpp"
#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

std::optional<std::int64_t> date(std::string_view text) {
    const auto read = read_date(text);
    return read ? std::optional(read->count()) : std::nullopt;
}

Options converting(ApiVersion version = ApiVersion::v1) {
    Options options = without_dedupe_id();
    options.convert_dates = true;
    options.api_version = version;
    return options;
}

std::string converted(const std::string& properties) {
    const std::string body =
        map_event(R"({"type":"track","userId":"u","event":"E","properties":)" + properties + "}", converting())
            .request.body;
    const std::string head = R"({"name":"E","type":"event","data":)";
    EXPECT_TRUE(body.starts_with(head)) << body;
    return body.substr(head.size(), body.size() - head.size() - 1);
}

TEST(AttributeDate, IsADateOrADateAndATime) {
    EXPECT_EQ(date("1970-01-01"), 0);
    EXPECT_EQ(date("2020-02-29"), 1582934400);
    EXPECT_EQ(date("2021-01-03T17:02"), 1609693320);
    EXPECT_EQ(date("2021-01-03T17:02:53"), 1609693373);
    EXPECT_EQ(date("2021-01-03T17:02:53.1"), 1609693373);
    EXPECT_EQ(date("2021-01-03T17:02:53.999999999"), 1609693373);
    EXPECT_EQ(date("0001-01-01"), -62135596800);
    EXPECT_EQ(date("9999-12-31T23:59:59"), 253402300799);
}

TEST(AttributeDate, IsRoundedDown) {
    EXPECT_EQ(date("1969-12-31T23:59:59.9Z"), -1);
}

TEST(AttributeDate, MayHaveAZoneBehindATime) {
    EXPECT_EQ(date("1970-01-01T00:00Z"), 0);
    EXPECT_EQ(date("1970-01-01T00:00+01:30"), -5400);
    EXPECT_EQ(date("1970-01-01T00:00:00-0130"), 5400);
    EXPECT_EQ(date("1970-01-01T00:00:00.5+2359"), -86340);
    EXPECT_EQ(date("1970-01-01T00:00-00:00"), 0);
}

TEST(AttributeDate, IsNothingElse) {
    for (const char* text : {"",
                             "2021",
                             "2021-01",
                             "2021-1-3",
                             "20210103",
                             "2021-02-29",
                             "2021-02-30",
                             "2021-00-10",
                             "2021-13-01",
                             "2021-01-00",
                             " 2021-01-03",
                             "2021-01-03 ",
                             "2021-01-03\n",
                             "2021-01-03T",
                             "2021-01-03Z",
                             "2021-01-03-0001",
                             "2021-01-03+01:00",
                             "2021-01-03 17:02:53",
                             "2021-01-03t17:02:53",
                             "2021-01-03T17",
                             "2021-01-03T1702",
                             "2021-01-03T1:02Z",
                             "2021-01-03T17:2Z",
                             "2021-01-03T17:02.5Z",
                             "2021-01-03T17:02:",
                             "2021-01-03T17:02:5",
                             "2021-01-03T24:00",
                             "2021-01-03T24:00:00Z",
                             "2021-01-03T17:60",
                             "2021-01-03T17:02:60Z",
                             "2021-01-03T17:02:53.",
                             "2021-01-03T17:02:53.Z",
                             "2021-01-03T17:02:53,5Z",
                             "2021-01-03T17:02:53.1234567890Z",
                             "2021-01-03T17:02:53z",
                             "2021-01-03T17:02:53+01",
                             "2021-01-03T17:02:53+01:",
                             "2021-01-03T17:02:53+1:00",
                             "2021-01-03T17:02:53+01:0",
                             "2021-01-03T17:02:53+24:00",
                             "2021-01-03T17:02:53+25:00",
                             "2021-01-03T17:02:53-01:60",
                             "2021-01-03T17:02:53Z+01:00",
                             "2021-01-03T17:02:53ZZ",
                             "+2021-01-03",
                             "-2021-01-03",
                             "12021-01-03",
                             "\xEF\xBC\x92\xEF\xBC\x90\xEF\xBC\x92\xEF\xBC\x91-01-03",
                             "1571051718",
                             "yesterday"}) {
        EXPECT_EQ(date(text), std::nullopt) << text;
    }
}

TEST(ConvertDates, IsOffByDefault) {
    EXPECT_EQ(
        body_text(R"({"type":"track","userId":"u","event":"E","properties":{"a":"2020-02-02"}})", without_dedupe_id()),
        R"({"name":"E","type":"event","data":{"a":"2020-02-02"}})");
}

TEST(ConvertDates, ReachesIntoObjectsButNotIntoArrays) {
    EXPECT_EQ(
        converted(R"({"a":"1970-01-02","b":{"c":{"d":"1970-01-01T00:00:01Z"}},"e":["1970-01-02",{"f":"1970-01-02"}]})"),
        R"({"a":86400,"b":{"c":{"d":1}},"e":["1970-01-02",{"f":"1970-01-02"}]})");
}

TEST(ConvertDates, LeavesWhatIsNoDateAsItWasWritten) {
    const std::string properties =
        R"({"a":"2021-02-30","n":0.10,"big":9007199254740993,"e":1e21,"x":"\u00e9\/","t":true,"z":null,"s":"","o":{}})";
    EXPECT_EQ(converted(properties), properties);
    EXPECT_EQ(converted("[]"), "{}");
}

TEST(ConvertDates, SeesTheUnescapedText) {
    EXPECT_EQ(converted(R"({"\u0061":"197\u0030-01-02"})"), R"({"\u0061":86400})");
}

TEST(ConvertDates, WritesNoNameTwice) {
    EXPECT_EQ(converted(R"({"a":"1970-01-02","b":{"c":1,"c":"1970-01-02"},"a":[{"d":1,"d":2}]})"),
              R"({"b":{"c":86400},"a":[{"d":2}]})");
}

TEST(ConvertDates, IsForAPersonsAttributesFromEverywhere) {
    const std::string event =
        R"({"type":"identify","userId":"1970-01-02","anonymousId":"1970-01-02","timestamp":"1970-01-03",)"
        R"("traits":{"email":"1970-01-02","createdAt":"1970-01-04","address":{"city":"1970-01-02","since":"1970-01-02"},)"
        R"("list":["1970-01-02"]},"user_properties":{"p":"1970-01-02"}})";
    const json attributes{{"email", 86400},
                          {"created_at", 259200},
                          {"city", 86400},
                          {"address", {{"since", 86400}}},
                          {"list", {"1970-01-02"}},
                          {"p", 86400},
                          {"anonymous_id", "1970-01-02"}};
    json expected = attributes;
    expected["_timestamp"] = 172800;
    const Outcome v1 = map_event(event, converting());
    EXPECT_EQ(v1.request.path, "/api/v1/customers/1970-01-02");
    EXPECT_EQ(v1.body(), expected);
    const json item = map_event(event, converting(ApiVersion::v2)).body().at("batch").at(0);
    EXPECT_EQ(item.at("attributes"), attributes);
    EXPECT_EQ(item.at("identifiers"), json({{"id", "1970-01-02"}}));
}

// `created_at` as a trait is the sender's own.
TEST(ConvertDates, IsForATraitCreatedAtAndAnAddressToo) {
    EXPECT_EQ(map_event(R"({"type":"identify","userId":"u","timestamp":1,"traits":{"created_at":"1970-01-02",)"
                        R"("address":"1970-01-02"}})",
                        converting())
                  .body(),
              json({{"created_at", 86400}, {"address", 86400}}));
}

TEST(ConvertDates, LeavesTheIdOfAWarehouseSource) {
    EXPECT_EQ(map_event(R"({"type":"identify","context":{"mappedToDestination":true,)"
                        R"("externalId":[{"id":"1970-01-02","identifierType":"code"}]}})",
                        converting())
                  .body(),
              json({{"code", "1970-01-02"}}));
}

TEST(ConvertDates, IsForAGroupsAttributes) {
    const json item = map_event(R"({"type":"group","groupId":"1970-01-02","userId":"1970-01-02",)"
                                R"("traits":{"createdAt":"1970-01-02","a":{"b":"1970-01-02"}}})",
                                converting())
                          .body()
                          .at("batch")
                          .at(0);
    EXPECT_EQ(item, json({{"type", "object"},
                          {"action", "identify"},
                          {"identifiers", {{"object_id", "1970-01-02"}, {"object_type_id", "1"}}},
                          {"attributes", {{"createdAt", 86400}, {"a", {{"b", 86400}}}}},
                          {"cio_relationships", json::array({{{"identifiers", {{"id", "1970-01-02"}}}}})}}));
}

TEST(ConvertDates, IsForEveryKindOfEventInBothVersions) {
    for (const char* type : {"track", "page", "screen"}) {
        const std::string event =
            R"({"type":")" + std::string(type) +
            R"(","userId":"u","event":"1970-01-02","name":"1970-01-02","properties":{"a":"1970-01-02"}})";
        EXPECT_EQ(map_event(event, converting()).body().at("data"), json({{"a", 86400}})) << type;
        const json item = map_event(event, converting(ApiVersion::v2)).body().at("batch").at(0);
        EXPECT_EQ(item.at("attributes"), json({{"a", 86400}})) << type;
        EXPECT_TRUE(item.at("name").is_string()) << type;
    }
}

// Customer.io takes texts there.
TEST(ConvertDates, IsNotForADevice) {
    const std::string event =
        R"({"type":"track","userId":"u","event":"Application Opened","context":{"device":{"token":"1970-01-02",)"
        R"("model":"1970-01-02"}},"properties":{"a":"1970-01-02"}})";
    for (const bool described : {false, true}) {
        Options options = converting();
        options.device_attributes = described;
        json expected{{"id", "1970-01-02"}, {"a", "1970-01-02"}};
        if (described) expected["attributes"] = {{"device_model", "1970-01-02"}};
        EXPECT_EQ(map_event(event, options).body().at("device"), expected);
        options.api_version = ApiVersion::v2;
        json attributes{{"a", "1970-01-02"}};
        if (described) attributes["device_model"] = "1970-01-02";
        EXPECT_EQ(map_event(event, options).body().at("batch").at(0).at("device"),
                  json({{"token", "1970-01-02"}, {"attributes", attributes}}));
    }
}

}  // namespace
}  // namespace pintle::customerio
