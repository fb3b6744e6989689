#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options v2() {
    Options options = without_dedupe_id();
    options.api_version = ApiVersion::v2;
    return options;
}

json item(std::string_view event, const Options& options = v2()) {
    const Outcome outcome = map_event(event, options);
    EXPECT_EQ(outcome.refusal, "");
    EXPECT_EQ(outcome.request.path, "/api/v2/batch");
    return outcome.body().at("batch").at(0);
}

TEST(V2, IdentifyTellsTheTimeBesideTheAttributes) {
    EXPECT_EQ(
        item(R"({"type":"identify","userId":"u","anonymousId":"a","timestamp":1571051718,"traits":{"_timestamp":1}})"),
        json({{"type", "person"},
              {"action", "identify"},
              {"identifiers", {{"id", "u"}}},
              {"attributes", {{"created_at", 1571051718}, {"anonymous_id", "a"}}},
              {"timestamp", 1571051718}}));
}

TEST(V2, ThePersonIsNamedByTheKindOfItsId) {
    const auto identifiers = [](const std::string& id) {
        return item(R"({"type":"identify","userId":")" + id + "\"}").at("identifiers");
    };
    EXPECT_EQ(identifiers("cio_03a2"), json({{"cio_id", "03a2"}}));
    EXPECT_EQ(identifiers("a@b.co"), json({{"email", "a@b.co"}}));
    EXPECT_EQ(identifiers("u"), json({{"id", "u"}}));
}

TEST(V2, EventsHaveTheActionOfTheirType) {
    EXPECT_EQ(item(R"({"type":"track","userId":"u","event":"E","properties":{"a":1}})"),
              json({{"type", "person"},
                    {"action", "event"},
                    {"identifiers", {{"id", "u"}}},
                    {"name", "E"},
                    {"attributes", {{"a", 1}}}}));
    EXPECT_EQ(item(R"({"type":"page","userId":"u","name":"N"})").at("action"), "page");
    EXPECT_EQ(item(R"({"type":"screen","userId":"u","name":"N"})").at("action"), "event");
    EXPECT_EQ(item(R"({"type":"screen","userId":"u","name":"N"})").at("name"), "Viewed N Screen");
}

TEST(V2, AnonymousEventsGoToV1UnlessTheyAreToBeBatched) {
    const std::string_view event = R"({"type":"track","anonymousId":"a","event":"E"})";
    EXPECT_EQ(map_event(event, v2()).request.path, "/api/v1/events");
    Options options = v2();
    options.batch_anonymous = true;
    EXPECT_EQ(item(event, options).at("identifiers"), json({{"anonymous_id", "a"}}));
}

TEST(V2, DevicesAreAddedAndDeleted) {
    EXPECT_EQ(
        item(R"({"type":"track","userId":"u","event":"Application Opened","properties":{"v":1},"timestamp":1571051718,)"
             R"("context":{"device":{"token":"t","type":"iPadOS"}}})"),
        json({{"type", "person"},
              {"action", "add_device"},
              {"identifiers", {{"id", "u"}}},
              {"device",
               {{"token", "t"}, {"last_used", 1571051718}, {"platform", "ios"}, {"attributes", {{"v", 1}}}}}}));
    EXPECT_EQ(item(R"({"type":"track","userId":"u","event":"Application Uninstalled","properties":{"v":1},)"
                   R"("context":{"device":{"token":"t"}}})"),
              json({{"type", "person"},
                    {"action", "delete_device"},
                    {"identifiers", {{"id", "u"}}},
                    {"device", {{"token", "t"}}}}));
}

TEST(V2, AliasMerges) {
    EXPECT_EQ(item(R"({"type":"alias","userId":"a@b.co","previousId":5})"), json({{"type", "person"},
                                                                                  {"action", "merge"},
                                                                                  {"primary", {{"email", "a@b.co"}}},
                                                                                  {"secondary", {{"id", "5"}}}}));
}

TEST(V2, AnItemOver32KilobytesIsRejected) {
    const std::string event = R"({"type":"identify","userId":"u","traits":{"a":")" + std::string(32'000, 'x') + "\"}}";
    EXPECT_EQ(map_event(event, v2()).refusal, "batch item is larger than 32 KB");
    EXPECT_EQ(map_event(event).refusal, "");
}

}  // namespace
}  // namespace pintle::customerio
