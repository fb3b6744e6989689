#include "redact.hpp"

#include <gmock/gmock.h>

namespace pintle::admin {
namespace {

TEST(Redact, HidesStringsAndNumbersAtAnyDepthAndKeepsKeysAndKinds) {
    EXPECT_EQ(
        redact_event(R"({"type":"track","event":"Signed Up","userId":"ada","properties":{"a":[1,"x",true,null]}})"),
        R"({"type":"track","event":"Signed Up","userId":"[redacted]",)"
        R"("properties":{"a":["[redacted]","[redacted]",true,null]}})");
}

TEST(Redact, WhatIsKeptOfAnEventIsKeptAtItsTopAlone) {
    EXPECT_EQ(redact_event(R"({"traits":{"type":"vip","event":"x"}})"),
              R"({"traits":{"type":"[redacted]","event":"[redacted]"}})");
}

TEST(Redact, OfARequestsBodyNothingIsKept) {
    EXPECT_EQ(redact_body(R"({"type":"vip","email":"a@x"})"), R"({"type":"[redacted]","email":"[redacted]"})");
}

TEST(Redact, TextThatIsNoObjectIsHiddenWhole) {
    for (const char* text : {"{", "ada", "\"ada\"", "[\"ada\"]"}) EXPECT_EQ(redact_event(text), redacted) << text;
    EXPECT_EQ(redact_event(""), "");
    EXPECT_EQ(redact_body("{"), redacted);
    EXPECT_EQ(redact_body(""), "");
}

TEST(Redact, TextThatIsNestedTooDeeplyIsHiddenWhole) {
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    EXPECT_EQ(redact_event("{\"a\":" + deep + "}"), redacted);
    EXPECT_EQ(redact_body(deep), redacted);
}

TEST(Redact, HidesWhateverIsWrittenInAnotherWay) {
    EXPECT_EQ(redact_event(
                  " {\"userId\" : -1.5e+3 ,\n\"traits\":{\"a\\\"b\":\"x\\\"y\", \"t\":[ ]}, \"type\" :{\"n\": 1} } "),
              "{\"userId\":\"[redacted]\",\"traits\":{\"a\\\"b\":\"[redacted]\",\"t\":[]},\"type\":{\"n\":1}}");
    EXPECT_EQ(redact_event("{\"type\":\"track\",\"x\":\"type\",\"y\":[\"a\",\"b\"]}"),
              "{\"type\":\"track\",\"x\":\"[redacted]\",\"y\":[\"[redacted]\",\"[redacted]\"]}");
    EXPECT_EQ(redact_body("3"), "\"[redacted]\"");
    EXPECT_EQ(redact_event(std::string("{}\0{\"userId\":\"ada\"}", 18)), redacted);
}

TEST(Redact, AnEventWithManyNamesTakesLinearTime) {
    std::string event = "{\"traits\":{";
    for (int i = 0; i < 300'000; ++i) event += "\"k" + std::to_string(i) + "\":1,";
    event.back() = '}';
    EXPECT_THAT(redact_event(event + "}"), testing::HasSubstr("\"k299999\":\"[redacted]\"}}"));
}

TEST(Redact, PathsSayWhoTheyAreAbout) {
    EXPECT_EQ(redact_path("/api/v1/customers/ada%2F/events"), "/api/v1/customers/[redacted]/events");
    EXPECT_EQ(redact_path("/api/v1/customers/ada"), "/api/v1/customers/[redacted]");
    EXPECT_EQ(redact_path("/api/v1/customers/ada/devices/t0k"), "/api/v1/customers/[redacted]/devices/[redacted]");
    EXPECT_EQ(redact_path("/api/v2/batch"), "/api/v2/batch");
}

TEST(Redact, AnAnswersWordsMayRepeatAValue) {
    EXPECT_EQ(redact_message(Reason::rejected_400, 400, "400 Bad Request: invalid email: a@x"),
              sentence(Reason::rejected_400));
    EXPECT_EQ(redact_message(Reason::too_old, 0, "too old: connect to host:443: Connection refused"),
              "too old: connect to host:443: Connection refused");
    EXPECT_EQ(redact_message({}, 200, ""), "");
    EXPECT_EQ(redact_message(Reason::rejected_400, 400, "the person was not deleted: 400 Bad Request: a@x"),
              "the person was not deleted: Customer.io rejected it with 400 Bad Request");
}

}  // namespace
}  // namespace pintle::admin
