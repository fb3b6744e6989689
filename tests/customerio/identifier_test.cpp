#include <string>

#include "mapping_testing.hpp"
#include "percent_encoding.hpp"
#include "pintle/customerio/email.hpp"
#include "pintle/customerio/values.hpp"

namespace pintle::customerio {
namespace {

std::string encoded(std::string_view text) {
    std::string out;
    percent_encode(text, out);
    return out;
}

std::string path(std::string_view event) {
    return map_event(event).request.path;
}

bool truthy(std::string_view json) {
    json::Event event;
    EXPECT_TRUE(event.parse("{\"v\":" + std::string(json) + "}"));
    return is_truthy(event["v"]);
}

TEST(Identifier, IsANonEmptyStringOrANumberAsItWasWritten) {
    EXPECT_EQ(path(R"({"type":"identify","userId":"u"})"), "/api/v1/customers/u");
    EXPECT_EQ(path(R"({"type":"identify","userId":42})"), "/api/v1/customers/42");
    EXPECT_EQ(path(R"({"type":"identify","userId":0})"), "/api/v1/customers/0");
    EXPECT_EQ(path(R"({"type":"identify","userId":9007199254740993})"), "/api/v1/customers/9007199254740993");
    EXPECT_EQ(path(R"({"type":"identify","userId":1.50})"), "/api/v1/customers/1.50");
}

TEST(Identifier, OfOtherKindsIsSkippedAndTheNextSourceTried) {
    for (const char* unusable : {"null", R"("")", "true", "false", "{}", "[1]"}) {
        EXPECT_EQ(path(R"({"type":"identify","userId":)" + std::string(unusable) + R"(,"traits":{"id":"t"}})"),
                  "/api/v1/customers/t")
            << unusable;
    }
}

TEST(Identifier, OfAUserIsSoughtInItsOrder) {
    EXPECT_EQ(path(R"({"type":"identify","traits":{"id":"2","userId":"1"},"context":{"traits":{"userId":"3"}}})"),
              "/api/v1/customers/1");
    EXPECT_EQ(path(R"({"type":"identify","traits":{"id":"2"},"context":{"traits":{"userId":"3","id":"4"}}})"),
              "/api/v1/customers/2");
    EXPECT_EQ(path(R"({"type":"identify","context":{"traits":{"id":"4","userId":"3"}}})"), "/api/v1/customers/3");
    EXPECT_EQ(path(R"({"type":"identify","context":{"traits":{"id":"4"}}})"), "/api/v1/customers/4");
}

TEST(Identifier, OfAnEmailIsSoughtInItsOrder) {
    EXPECT_EQ(path(R"({"type":"track","event":"E","traits":{"email":"1"},"context":{"traits":{"email":"2"}}})"),
              "/api/v1/customers/1/events");
    EXPECT_EQ(path(R"({"type":"track","event":"E","properties":{"email":"3"},"context":{"traits":{"email":"2"}}})"),
              "/api/v1/customers/2/events");
    EXPECT_EQ(path(R"({"type":"track","event":"E","properties":{"email":"3"},"context":{"externalId":[{"id":"4"}]}})"),
              "/api/v1/customers/3/events");
    EXPECT_EQ(path(R"({"type":"track","event":"E","context":{"externalId":[{"id":"4"},{"id":"5"}]}})"),
              "/api/v1/customers/4/events");
}

TEST(Identifier, OfAWarehouseSourceReplacesTheUserId) {
    EXPECT_EQ(
        path(R"({"type":"identify","userId":"u","context":{"mappedToDestination":true,"externalId":[{"id":7}]}})"),
        "/api/v1/customers/7");
    EXPECT_EQ(path(R"({"type":"identify","userId":"u","context":{"mappedToDestination":0,"externalId":[{"id":7}]}})"),
              "/api/v1/customers/u");
    EXPECT_EQ(
        path(R"({"type":"identify","userId":"u","context":{"mappedToDestination":true,"externalId":[{"id":""}]}})"),
        "/api/v1/customers/u");
}

TEST(Identifier, MayHave150BytesAndNoMore) {
    const std::string longest = std::string(148, 'x') + "\xC3\xA9";
    EXPECT_EQ(map_event(R"({"type":"identify","userId":")" + longest + "\"}").refusal, "");
    EXPECT_EQ(map_event(R"({"type":"identify","userId":")" + longest + "x\"}").refusal,
              "person id is longer than 150 bytes");
    EXPECT_EQ(map_event(R"({"type":"alias","userId":"u","previousId":")" + longest + "x\"}").refusal,
              "person id is longer than 150 bytes");
    EXPECT_EQ(map_event(R"({"type":"group","groupId":")" + longest + "x\"}").refusal,
              "person id is longer than 150 bytes");
    EXPECT_EQ(map_event(R"({"type":"group","groupId":"g","userId":")" + longest + "x\"}").refusal,
              "person id is longer than 150 bytes");
}

TEST(Identifier, OfAPersonOrADeviceIsNeitherDotNorDots) {
    const auto refusal = [](const std::string& event, ApiVersion version) {
        Options options;
        options.api_version = version;
        return map_event(event, options).refusal;
    };
    for (const auto version : {ApiVersion::v1, ApiVersion::v2}) {
        for (const std::string dots : {".", "..", "\\u002e", "\\u002E."}) {
            for (const char* event :
                 {R"({"type":"identify","userId":"@"})", R"({"type":"identify","anonymousId":"@"})",
                  R"({"type":"identify","traits":{"email":"@"}})", R"({"type":"track","event":"E","userId":"@"})",
                  R"({"type":"page","name":"P","userId":"@"})", R"({"type":"screen","name":"S","userId":"@"})",
                  R"({"type":"group","groupId":"g","userId":"@"})", R"({"type":"alias","userId":"@","previousId":"p"})",
                  R"({"type":"track","event":"Application Opened","userId":"@","context":{"device":{"token":"t"}}})"}) {
                std::string text = event;
                text.replace(text.find('@'), 1, dots);
                EXPECT_EQ(refusal(text, version), "person id cannot be . or ..") << text;
            }
            for (const char* name : {"Application Opened", "Application Uninstalled"}) {
                const auto text = R"({"type":"track","userId":"u","event":")" + std::string(name) +
                                  R"(","context":{"device":{"token":")" + dots + "\"}}}";
                EXPECT_EQ(refusal(text, version), "device token cannot be . or ..") << text;
            }
        }
        for (const char* event :
             {R"({"type":"identify","userId":"..."})", R"({"type":"identify","userId":"../"})",
              R"({"type":"alias","userId":"u","previousId":".."})", R"({"type":"group","groupId":"..","userId":"u"})",
              R"({"type":"track","event":"..","anonymousId":".."})"}) {
            EXPECT_EQ(refusal(event, version), "") << event;
        }
    }
}

TEST(PercentEncoding, LeavesTheUnreservedAndEncodesTheRestByteByByte) {
    const std::string_view unreserved = "AZaz09-_.!~*'()";
    EXPECT_EQ(encoded(unreserved), unreserved);
    EXPECT_EQ(encoded("a b/c?d#e%41"), "a%20b%2Fc%3Fd%23e%2541");
    EXPECT_EQ(encoded("\xC3\xA9\xF0\x9F\x98\x80"), "%C3%A9%F0%9F%98%80");
    EXPECT_EQ(encoded(std::string_view("\0\x7f", 2)), "%00%7F");
}

TEST(PercentEncoding, SeesTheUnescapedCharacters) {
    EXPECT_EQ(path(R"({"type":"identify","userId":"\u00e9\/\ud800"})"), "/api/v1/customers/%C3%A9%2F%EF%BF%BD");
}

TEST(EmailAddress, IsAsInHtmlWithADottedDomain) {
    for (const char* address :
         {"a@b.co", "First.Last+tag@Example.com", "o'neil@x-y.example.org", "!#$%&'*+/=?^_`{|}~-@a.bc"}) {
        EXPECT_TRUE(is_email_address(address)) << address;
    }
    EXPECT_TRUE(is_email_address("a@" + std::string(63, 'x') + ".com"));
}

TEST(EmailAddress, IsNothingElse) {
    for (const char* other :
         {"",         "@",       "a",       "a@",      "@b.co",   "a@b",   "a@b.c",    "a@b.c1",        "a@b.123",
          "a b@c.de", "a@b..co", "a@-b.co", "a@b-.co", "a@b.co.", "a@.co", "a@b@c.de", "\xC3\xA9@b.co", "a@\xC3\xA9.co",
          "a@b_c.de", "a@b.co ", "a@b.x-y"}) {
        EXPECT_FALSE(is_email_address(other)) << other;
    }
    EXPECT_FALSE(is_email_address("a@" + std::string(64, 'x') + ".com"));
}

TEST(Truth, IsJavaScripts) {
    for (const char* json : {"true", "1", "-1", "0.1", "1e400", R"("0")", R"("false")", "{}", "[]", "1e-300"}) {
        EXPECT_TRUE(truthy(json)) << json;
    }
    for (const char* json : {"false", "null", "0", "-0", "0.000", "0e5", R"("")", "1e-400"}) {
        EXPECT_FALSE(truthy(json)) << json;
    }
}

}  // namespace
}  // namespace pintle::customerio
