#include <string>

#include "mapping_testing.hpp"

namespace pintle::customerio {
namespace {

using nlohmann::json;

Outcome mapped(std::string_view event) {
    return map_event(event, without_dedupe_id());
}

// The name that an anonymous event of `type` with this name, given in JSON, is sent with.
std::string anonymous_name(const std::string& type, const std::string& name) {
    return mapped(R"({"type":")" + type + R"(","anonymousId":"a","event":)" + name + R"(,"name":)" + name + "}")
        .body()
        .at("name");
}

TEST(EventType, ThatIsUnknownIsRejected) {
    for (const char* type : {R"("")", R"("trac")", R"("tracks")", "null", "1", R"(["track"])"}) {
        EXPECT_EQ(mapped(R"({"userId":"u","event":"E","type":)" + std::string(type) + "}").refusal,
                  "unknown event type");
    }
    EXPECT_EQ(mapped(R"({"userId":"u"})").refusal, "unknown event type");
    EXPECT_EQ(mapped(R"({"type":"Record","action":"insert","fields":{"id":1}})").refusal,
              "record events of reverse ETL are not supported");
}

TEST(Track, PostsAnEventOfThePerson) {
    const Outcome outcome = mapped(R"({"type":"track","userId":"u","event":"E","properties":{"a": 0.10}})");
    EXPECT_EQ(outcome.request.method, "POST");
    EXPECT_EQ(outcome.request.path, "/api/v1/customers/u/events");
    EXPECT_EQ(outcome.request.body, R"({"name":"E","type":"event","data":{"a": 0.10}})");
}

TEST(Track, NeedsANameThatIsANonEmptyString) {
    for (const char* name : {R"("")", "null", "5", "{}", R"(["E"])"}) {
        EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":)" + std::string(name) + "}").refusal,
                  "event name is missing or not a string");
    }
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u"})").refusal, "event name is missing or not a string");
}

TEST(Track, KeepsTheNameAsItWasWritten) {
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":"  \u00e9\"\ud800 "})").request.body,
              R"({"name":"  \u00e9\"\ud800 ","type":"event"})");
}

TEST(Track, HasDataOnlyWhereThereAreProperties) {
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":"E"})").request.body, R"({"name":"E","type":"event"})");
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":"E","properties":null})").request.body,
              R"({"name":"E","type":"event"})");
    for (const char* empty : {"{}", "[]"}) {
        EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":"E","properties":)" + std::string(empty) + "}").body(),
                  json({{"name", "E"}, {"type", "event"}, {"data", json::object()}}));
    }
}

TEST(Track, WritesPropertiesWithoutDuplicates) {
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u","event":"E","properties":{"a":1,"b":[{"c":1,"c":2}],"a":3}})")
                  .request.body,
              R"({"name":"E","type":"event","data":{"b":[{"c":2}],"a":3}})");
}

TEST(AnonymousEvent, GoesToItsOwnPlace) {
    const Outcome outcome = mapped(R"({"type":"track","anonymousId":5,"event":"E","timestamp":1571051718})");
    EXPECT_EQ(outcome.request.path, "/api/v1/events");
    EXPECT_EQ(outcome.body(),
              json({{"name", "E"}, {"type", "event"}, {"timestamp", 1571051718}, {"anonymous_id", "5"}}));
}

TEST(AnonymousEvent, NeedsAnAnonymousId) {
    EXPECT_EQ(mapped(R"({"type":"track","event":"E"})").refusal, "event needs userId, email or anonymousId");
    EXPECT_EQ(mapped(R"({"type":"page","name":"E","anonymousId":""})").refusal,
              "event needs userId, email or anonymousId");
}

TEST(AnonymousEvent, ItsNameIsTruncatedTo100BytesBetweenCharacters) {
    const std::string ninety_nine(99, 'n');
    EXPECT_EQ(anonymous_name("track", '"' + ninety_nine + "xy\""), ninety_nine + "x");
    EXPECT_EQ(anonymous_name("track", '"' + ninety_nine + "\xC3\xA9\""), ninety_nine);
    EXPECT_EQ(anonymous_name("page", '"' + ninety_nine + R"(\ud83d\ude00")"), ninety_nine);
    EXPECT_EQ(anonymous_name("track", '"' + std::string(98, 'n') + "\xC3\xA9\""), std::string(98, 'n') + "\xC3\xA9");
}

TEST(AnonymousEvent, ATruncatedNameIsEscapedAgain) {
    const std::string rest(120, 'n');
    EXPECT_EQ(anonymous_name("track", R"("\"\\\n\u0001)" + rest + '"'), "\"\\\n\x01" + rest.substr(0, 96));
}

TEST(AnonymousEvent, AScreensNameIsTruncatedSoThatTheWholeHas100Bytes) {
    EXPECT_EQ(anonymous_name("screen", '"' + std::string(86, 'n') + "x\""),
              "Viewed " + std::string(86, 'n') + " Screen");
    EXPECT_EQ(anonymous_name("screen", '"' + std::string(85, 'n') + "\xC3\xA9\""),
              "Viewed " + std::string(85, 'n') + " Screen");
}

TEST(AnonymousEvent, ThatHasAPersonKeepsItsWholeName) {
    const std::string name(150, 'n');
    EXPECT_EQ(mapped(R"({"type":"track","userId":"u","anonymousId":"a","event":")" + name + "\"}").body().at("name"),
              name);
}

TEST(Page, UsesTheFirstUsableName) {
    const auto name = [](const std::string& members) {
        return mapped(R"({"type":"page","userId":"u")" + members + "}").body().at("name");
    };
    EXPECT_EQ(name(R"(,"name":5,"properties":{"url":"U"})"), "5");
    EXPECT_EQ(name(R"(,"name":"","properties":{"path":"P","url":"U"})"), "U");
    EXPECT_EQ(name(R"(,"properties":{"path":"P"},"context":{"page":{"url":"C"}})"), "P");
    EXPECT_EQ(name(R"(,"context":{"page":{"url":"C"}})"), "C");
}

TEST(Page, WithoutANameIsRejected) {
    EXPECT_EQ(mapped(R"({"type":"page","userId":"u","properties":{"title":"T"}})").refusal, "page name is missing");
}

TEST(Page, IsAnEventOfThatType) {
    EXPECT_EQ(mapped(R"({"type":"page","userId":"u","name":"N"})").request.body, R"({"name":"N","type":"page"})");
}

TEST(Screen, IsAnEventNamedAfterIt) {
    const auto name = [](const std::string& members) {
        return mapped(R"({"type":"screen","userId":"u")" + members + "}").request.body;
    };
    EXPECT_EQ(name(R"(,"event":"A","name":"B")"), R"({"name":"Viewed A Screen","type":"event"})");
    EXPECT_EQ(name(R"(,"event":"","name":7)"), R"({"name":"Viewed 7 Screen","type":"event"})");
    EXPECT_EQ(name(R"(,"properties":{"name":"C"})"),
              R"({"name":"Viewed C Screen","type":"event","data":{"name":"C"}})");
}

TEST(Screen, MayBeAScreenView) {
    Options options = without_dedupe_id();
    options.screen_events = ScreenEvents::screen;
    const std::string event = R"({"type":"screen","userId":"u","name":"N","properties":{"a":1}})";
    EXPECT_EQ(map_event(event, options).request.path, "/api/v1/customers/u/events");
    EXPECT_EQ(map_event(event, options).request.body, R"({"name":"N","type":"screen","data":{"a":1}})");
    options.api_version = ApiVersion::v2;
    EXPECT_EQ(
        map_event(event, options).request.body,
        R"({"batch":[{"type":"person","action":"screen","identifiers":{"id":"u"},"name":"N","attributes":{"a":1}}]})");
}

TEST(Screen, ThatIsAScreenViewHasItsWholeNameUnlessItIsAnonymous) {
    Options options = without_dedupe_id();
    options.screen_events = ScreenEvents::screen;
    options.batch_anonymous = true;
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        options.api_version = version;
        const auto name = [&](const std::string& person) {
            const json body =
                map_event(R"({"type":"screen","event":")" + std::string(99, 'n') + "\\u00e9\\u00e9\"," + person + "}",
                          options)
                    .body();
            return (version == ApiVersion::v1 ? body : body.at("batch").at(0)).at("name").get<std::string>();
        };
        EXPECT_EQ(name(R"("anonymousId":"a")"), std::string(99, 'n'));
        EXPECT_EQ(name(R"("userId":"u")"), std::string(99, 'n') + "\xC3\xA9\xC3\xA9");
    }
}

TEST(Screen, ThatIsAScreenViewIsTheOnlyEventThatTheOptionChanges) {
    Options options = without_dedupe_id();
    options.screen_events = ScreenEvents::screen;
    for (const char* event :
         {R"({"type":"track","userId":"u","event":"E"})", R"({"type":"page","userId":"u","name":"N"})"}) {
        EXPECT_EQ(map_event(event, options).request.body, mapped(event).request.body);
    }
    EXPECT_EQ(map_event(R"({"type":"screen","userId":"u","name":null})", options).refusal, "screen name is missing");
}

TEST(Screen, WithoutANameIsRejected) {
    EXPECT_EQ(mapped(R"({"type":"screen","userId":"u","name":null})").refusal, "screen name is missing");
}

}  // namespace
}  // namespace pintle::customerio
