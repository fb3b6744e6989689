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
    EXPECT_EQ(platform(R"(},"os":{"name":"tvos"})"), "ios");
    EXPECT_EQ(platform(R"(,"type":null},"os":{"name":"ANDROID"})"), "android");
    EXPECT_EQ(platform(R"(,"type":"ios"},"os":{"name":"Android"})"), "ios");
    EXPECT_EQ(platform(R"(},"os":{"name":7})"), json());
}

// A computer's system is none of a device that gets pushes.
TEST(Device, AnotherOperatingSystemIsNoPlatform) {
    for (const char* name : {"Windows", "Mac OS X", "Linux", "androids", ""}) {
        EXPECT_EQ(platform(R"(},"os":{"name":")" + std::string(name) + "\"}"), json()) << name;
    }
    EXPECT_EQ(platform(R"(,"type":"Windows"},"os":{"name":"iOS"})"), "windows");
    EXPECT_EQ(mapped(opened(R"("device":{"token":"t"},"os":{"name":"Windows"})", R"(,"properties":{"platform":"ios"})"))
                  .request.body,
              R"({"device":{"platform":"ios","id":"t"}})");
}

json attributes_of(const std::string& context, const std::string& properties, ApiVersion version = ApiVersion::v1) {
    Options options = without_dedupe_id();
    options.device_attributes = true;
    options.api_version = version;
    const Outcome outcome = map_event(
        opened(R"("device":{"token":"t","model":"Pixel 9"})" + context, R"(,"properties":)" + properties), options);
    EXPECT_EQ(outcome.refusal, "");
    const json device =
        version == ApiVersion::v1 ? outcome.body().at("device") : outcome.body().at("batch").at(0).at("device");
    return device.value("attributes", json());
}

const std::string whole_context =
    R"(,"os":{"name":"Android","version":"14"},"app":{"version":"2.1.0"},"locale":"en-MX")";
const json whole_attributes{
    {"device_os", "Android 14"}, {"device_model", "Pixel 9"}, {"app_version", "2.1.0"}, {"device_locale", "en-MX"}};

TEST(DeviceAttributes, AreWhatTheContextSaysOfTheDevice) {
    for (const auto version : {ApiVersion::v1, ApiVersion::v2})
        EXPECT_EQ(attributes_of(whole_context, "{}", version), whole_attributes);
}

TEST(DeviceAttributes, AreOffByDefault) {
    const json device = map_event(opened(R"("device":{"token":"t","model":"Pixel 9"})")).body().at("device");
    EXPECT_FALSE(device.contains("attributes"));
}

TEST(DeviceAttributes, AreNonEmptyStringsAlone) {
    EXPECT_EQ(attributes_of(R"(,"os":{"name":"Android","version":14},"app":{"version":2},"locale":"")", "{}"),
              json({{"device_os", "Android"}, {"device_model", "Pixel 9"}}));
    EXPECT_EQ(attributes_of(R"(,"os":{"name":"","version":"14"},"app":"2","locale":null)", "{}"),
              json({{"device_os", "14"}, {"device_model", "Pixel 9"}}));
}

TEST(DeviceAttributes, GiveWayToPropertiesOfTheirNames) {
    json expected = whole_attributes;
    expected["app_version"] = nullptr;
    expected["color"] = "red";
    EXPECT_EQ(attributes_of(whole_context, R"({"attributes":{"app_version":null,"color":"red"}})"), expected);
    EXPECT_EQ(attributes_of(whole_context, R"({"app_version":null,"color":"red"})", ApiVersion::v2), expected);
}

TEST(DeviceAttributes, ReplaceAPropertyThatHoldsNone) {
    EXPECT_EQ(attributes_of(whole_context, R"({"attributes":3})"), whole_attributes);
    EXPECT_EQ(attributes_of(whole_context, R"({"attributes":{"a":1},"attributes":[1]})"), whole_attributes);
}

TEST(DeviceAttributes, LeaveThePropertyAloneWhereThereAreNone) {
    Options options = without_dedupe_id();
    options.device_attributes = true;
    const auto device = [&options](const std::string& properties) {
        return map_event(opened(R"("device":{"token":"t","type":"ios"})", properties), options).request.body;
    };
    EXPECT_EQ(device(R"(,"properties":{"attributes":3})"), R"({"device":{"attributes":3,"id":"t","platform":"ios"}})");
    EXPECT_EQ(device(""), R"({"device":{"id":"t","platform":"ios"}})");
    options.api_version = ApiVersion::v2;
    EXPECT_EQ(device(""), R"({"batch":[{"type":"person","action":"add_device","identifiers":{"id":"u"},)"
                          R"("device":{"token":"t","platform":"ios"}}]})");
}

TEST(DeviceAttributes, AreNotSentOfADeviceThatIsRemoved) {
    Options options = without_dedupe_id();
    options.device_attributes = true;
    options.api_version = ApiVersion::v2;
    EXPECT_EQ(map_event(R"({"type":"track","userId":"u","event":"Application Uninstalled",)"
                        R"("context":{"device":{"token":"t","model":"m"}}})",
                        options)
                  .body()
                  .at("batch")
                  .at(0)
                  .at("device"),
              json({{"token", "t"}}));
}

TEST(Device, ThePersonsIdHasItsLimit) {
    EXPECT_EQ(mapped(R"({"type":"track","userId":")" + std::string(151, 'x') +
                     R"(","event":"Application Opened","context":{"device":{"token":"t"}}})")
                  .refusal,
              "person id is longer than 150 bytes");
}

}  // namespace
}  // namespace pintle::customerio
