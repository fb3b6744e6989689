#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Options with_token_event() {
    Options options = without_dedupe_id();
    options.device_token_event_name = "Token Registered";
    return options;
}

Outcome mapped(std::string_view event) {
    return map_event(event, with_token_event());
}

std::string opened(const std::string& context, const std::string& more = "") {
    return R"({"type":"track","userId":"u","event":"Application Opened","context":{)" + context + "}" + more + "}";
}

json platform(const std::string& context) {
    const json device = mapped(opened(R"("device":{"token":"t")" + context)).body().at("device");
    return device.contains("platform") ? device.at("platform") : json();
}

TEST(Device, IsPutByTheEventsThatRegisterIt) {
    for (const char* name : {"Application Installed", "Application Opened", "Token Registered"}) {
        const Outcome outcome = mapped(R"({"type":"track","userId":"u","timestamp":1571051718,"event":")" +
                                       std::string(name) + R"(","context":{"device":{"token":7,"type":"Android"}}})");
        EXPECT_EQ(outcome.request.method, "PUT");
        EXPECT_EQ(outcome.request.path, "/api/v1/customers/u/devices");
        EXPECT_EQ(outcome.request.body, R"({"device":{"id":"7","last_used":1571051718,"platform":"android"}})");
    }
}

TEST(Device, IsDeletedByBothSpellingsOfUninstalled) {
    for (const char* name : {"Application Uninstalled", "Application Unistalled"}) {
        const Outcome outcome = mapped(R"({"type":"track","userId":"u","event":")" + std::string(name) +
                                       R"(","context":{"device":{"token":"a/b c"}}})");
        EXPECT_EQ(outcome.request.method, "DELETE");
        EXPECT_EQ(outcome.request.path, "/api/v1/customers/u/devices/a%2Fb%20c");
        EXPECT_EQ(outcome.request.body, "");
    }
}

TEST(Device, EventsAreOrdinaryWithoutATokenOrAPerson) {
    EXPECT_EQ(mapped(opened(R"("device":{"token":""})")).request.path, "/api/v1/customers/u/events");
    EXPECT_EQ(mapped(opened(R"("device":{"token":null})")).request.path, "/api/v1/customers/u/events");
    EXPECT_EQ(mapped(R"({"type":"track","anonymousId":"a","event":"Application Uninstalled",)"
                     R"("context":{"device":{"token":"t"}}})")
                  .request.path,
              "/api/v1/events");
}

TEST(Device, EventNamesAreExact) {
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":"application opened","context":{"device":{"token":"t"}}})")
                  .request.path,
              "/api/v1/customers/u/events");
    EXPECT_EQ(
        map_event(R"({"type":"track","userId":"u","event":"Token Registered","context":{"device":{"token":"t"}}})")
            .request.path,
        "/api/v1/customers/u/events");
}

TEST(Device, IsNeverRegisteredByAPageOrScreen) {
    for (const char* type : {"page", "screen"}) {
        EXPECT_EQ(mapped(R"({"type":")" + std::string(type) +
                         R"(","userId":"u","name":"Application Opened",)"
                         R"("event":"Application Opened","context":{"device":{"token":"t"}}})")
                      .request.path,
                  "/api/v1/customers/u/events");
    }
}

TEST(Device, ItsOwnFieldsWinOverPropertiesOfTheirNames) {
    const json body =
        mapped(opened(R"("device":{"token":"t","type":"ios"})",
                      R"(,"timestamp":1571051718,"properties":{"id":1,"last_used":2,"platform":3,"v":4})"))
            .body();
    EXPECT_EQ(body, json({{"device", {{"id", "t"}, {"last_used", 1571051718}, {"platform", "ios"}, {"v", 4}}}}));
}

TEST(Device, PropertiesStandInForWhatItDoesNotKnow) {
    EXPECT_EQ(mapped(opened(R"("device":{"token":"t"})", R"(,"properties":{"last_used":2,"platform":3})")).request.body,
              R"({"device":{"last_used":2,"platform":3,"id":"t"}})");
}

TEST(Device, ApplesPlatformsAreIos) {
    for (const char* type : {"ios", "iOS", "iPadOS", "watchOS", "TVOS"}) {
        EXPECT_EQ(platform(R"(,"type":")" + std::string(type) + "\"}"), "ios") << type;
    }
}

TEST(Device, OtherPlatformsAreLowerCasedAndSentAsTheyAre) {
    EXPECT_EQ(platform(R"(,"type":"Windows \u0050hone"})"), "windows phone");
}

TEST(Device, ThePlatformFallsBackToTheOperatingSystem) {
    EXPECT_EQ(platform(R"(,"type":""},"os":{"name":"Android"})"), "android");
    EXPECT_EQ(platform(R"(,"type":7},"os":{"name":"iPadOS"})"), "ios");
    EXPECT_EQ(platform(R"(,"type":"ios"},"os":{"name":"Android"})"), "ios");
    EXPECT_EQ(platform(R"(},"os":{"name":7})"), json());
}

TEST(Device, ThePersonsIdHasItsLimit) {
    EXPECT_EQ(mapped(R"({"type":"track","userId":")" + std::string(151, 'x') +
                     R"(","event":"Application Opened","context":{"device":{"token":"t"}}})")
                  .refusal,
              "person id is longer than 150 bytes");
}

}  // namespace
}  // namespace pintle::customerio
