#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "pintle/json/event.hpp"

namespace pintle::json {
namespace {

std::string refusal(std::string_view text) {
    Event event;
    const auto parsed = event.parse(text);
    return parsed ? std::string() : std::string(sentence(parsed.error()));
}

std::string rewritten(std::string_view text) {
    Event event;
    EXPECT_TRUE(event.parse(text)) << text;
    std::string out;
    event.write(out);
    return out;
}

std::string nested(std::size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}

class MalformedJson : public testing::TestWithParam<std::string> {};

TEST_P(MalformedJson, IsRejected) {
    EXPECT_EQ(refusal(GetParam()), "invalid json") << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Structure, MalformedJson,
                         testing::Values("", " ", "{", "}", "[", "[[[[", R"({"a":[[[[)", R"({"a":{"b":{)", "{}}",
                                         "{} {}", "{},", R"({"a":1)", R"({"a")", R"({"a":)", R"({"a" 1})",
                                         R"({"a":1 "b":2})", R"({"a":1,})", R"({,"a":1})", R"({"a"::1})",
                                         R"({"a":1,,"b":2})", R"({a:1})", R"({1:1})", R"({"a":[1 2]})", R"({"a":[1,]})",
                                         R"({"a":[,1]})", R"({"a":[1})", R"({"a":{]})", R"({"a":[}})", R"({"a":1:2})",
                                         R"({"a":1}x)", R"({"a":[1}])", "{\"a\":1}\x0c", "{\"a\x1a:1}", R"({"a"b:1})",
                                         R"({"a":"b""c"})", "{'a':1}", "{/**/}", "\xEF\xBB\xBF{}"));
INSTANTIATE_TEST_SUITE_P(RootsThatAreNoObject, MalformedJson,
                         testing::Values("[]", "1", "null", "true", R"("text")", R"([{"type":"track"}])"));
INSTANTIATE_TEST_SUITE_P(Atoms, MalformedJson,
                         testing::Values(R"({"a":tru})", R"({"a":True})", R"({"a":truex})", R"({"a":nul})",
                                         R"({"a":falsey})", R"({"a":NaN})", R"({"a":undefined})", R"({"a":Infinity})"));
INSTANTIATE_TEST_SUITE_P(Numbers, MalformedJson,
                         testing::Values(R"({"a":01})", R"({"a":-})", R"({"a":+1})", R"({"a":1.})", R"({"a":.5})",
                                         R"({"a":1e})", R"({"a":1e+})", R"({"a":0x10})", R"({"a":1_000})",
                                         R"({"a":--1})", R"({"a":1"b"})", R"({"a":-01})", R"({"a":1.2.3})",
                                         R"({"a":1\})"));
INSTANTIATE_TEST_SUITE_P(Strings, MalformedJson,
                         testing::Values(R"({"a":"b})", R"({"a":"\x"})", R"({"a":"\u12"})", R"({"a":"\u12g4"})",
                                         R"({"a":"\"})", R"({"\q":1})", R"({"a":"b"\})", "{\"a\":\"line\nbreak\"}",
                                         "{\"a\":\"\x01\"}", std::string("{\"a\":\"\0\"}", 9),
                                         std::string("{\"a\":1}\0", 8), "{\"a\":\"\xFF\"}", "{\"a\":\"\xC3\"}",
                                         "{\"a\":\"\xC0\xAF\"}", "{\"a\":\"\xED\xA0\x80\"}",
                                         "{\"a\":\"\xF5\x80\x80\x80\"}"));

class WellFormedJson : public testing::TestWithParam<std::string> {};

TEST_P(WellFormedJson, IsAcceptedAndWrittenUnchanged) {
    EXPECT_EQ(rewritten(GetParam()), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Texts, WellFormedJson,
                         testing::Values("{}", "{ }", R"({"":""})", R"({"a":[]})", R"({"a":[ ]})", R"({"a":{}})",
                                         R"({ "a" : [ 1 , -2.5e+10 , 1E400 , 123456789012345678901234567890 ] })",
                                         R"({"a":[true,false,null,"x"]})", "{\n\t\"a\":\r\n1\n}",
                                         R"({"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})", R"({"a":"\ud800"})",
                                         R"({"a":"\udc00\ud800x"})", R"({"a":0.10,"b":1e21,"c":9007199254740993})",
                                         "{\"a\":\"\xF0\x9F\x98\x80\"}", R"({"a\\":1,"b":[[[]],{}]})",
                                         R"({"a":-0,"b":0e0,"c":-0.0})"));

TEST(Event, ASpaceBeforeAndBehindIsNoPartOfIt) {
    EXPECT_EQ(rewritten(" \n{\"a\":1} \r\n"), R"({"a":1})");
}

TEST(Event, Accepts64LevelsAndRejectsOneMore) {
    EXPECT_EQ(refusal(nested(64)), "");
    EXPECT_EQ(refusal(nested(65)), "nesting is deeper than 64 levels");
    EXPECT_EQ(refusal(nested(100'000)), "nesting is deeper than 64 levels");
}

TEST(Event, ReadsMembersByTheirUnescapedName) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"user\u0049d":"a\tb","b":{"c":[1,{"d":true}]}})"));
    EXPECT_EQ(event["userId"].text(), "a\tb");
    EXPECT_EQ(event["userId"].raw(), R"("a\tb")");
    EXPECT_EQ(event["userId"].key(), "userId");
    EXPECT_EQ(event["userId"].raw_key(), R"(user\u0049d)");
    EXPECT_EQ(event["b"]["c"].first().next()["d"].raw(), "true");
    EXPECT_EQ(event["b"]["c"].kind(), Kind::array);
}

TEST(Event, WhatIsNotThereReadsAsAbsent) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"a":1})"));
    EXPECT_FALSE(event["b"]);
    EXPECT_EQ(event["b"]["c"].kind(), Kind::absent);
    EXPECT_EQ(event["a"]["c"].text(), "");
    EXPECT_FALSE(event["a"].first());
}

TEST(Event, EveryEscapeStandsForItsCharacter) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"a":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\uDE00\u0000."})"));
    EXPECT_EQ(event["a"].text(), std::string("\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0.", 19));
}

TEST(Event, ALoneSurrogateReadsAsTheReplacementCharacter) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"a":"\ud800x\ud800\u0041\udc00"})"));
    EXPECT_EQ(event["a"].text(),
              "\xEF\xBF\xBDx\xEF\xBF\xBD"
              "A\xEF\xBF\xBD");
}

TEST(Event, OfDuplicateMembersTheLastCounts) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"a":1,"b":2,"\u0061":3})"));
    EXPECT_EQ(event["a"].raw(), "3");
    EXPECT_TRUE(event.root().first().overridden());
    EXPECT_FALSE(event.root().first().next().overridden());
}

TEST(Event, IsWrittenWithoutTheMembersThatLaterOnesOverride) {
    EXPECT_EQ(rewritten(R"({"a":1,"a":2})"), R"({"a":2})");
    EXPECT_EQ(rewritten(R"({"x":[{"a":1,"a":2}, 7 ],"y": {"k": 1}})"), R"({"x":[{"a":2},7],"y":{"k": 1}})");
    EXPECT_EQ(rewritten(R"({"a":{"b":1,"b":1},"a":[]})"), R"({"a":[]})");
}

TEST(Event, FindsDuplicatesAmongThousandsOfMembers) {
    std::string text = "{";
    for (int i = 0; i < 5000; ++i)
        text.append("\"key").append(std::to_string(i)).append("\":").append(std::to_string(i)).append(",");
    text += R"("key17":"last"})";
    Event event;
    ASSERT_TRUE(event.parse(text));
    EXPECT_EQ(event["key17"].text(), "last");
    EXPECT_EQ(event["key4999"].raw(), "4999");
    std::string out;
    event.write(out);
    EXPECT_EQ(nlohmann::json::parse(out).size(), 5000U);
    EXPECT_EQ(out.find("\"key17\":17"), std::string::npos);
}

TEST(Event, AnyPrefixIsRejected) {
    const std::string whole = nested(60) + " ";
    for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
        EXPECT_EQ(refusal(whole.substr(0, size)), "invalid json") << size;
    }
}

TEST(Event, CanBeUsedAgainAfterAnError) {
    Event event;
    EXPECT_FALSE(event.parse(R"({"a":)"));
    EXPECT_FALSE(event.root());
    ASSERT_TRUE(event.parse(R"({"b":2})"));
    EXPECT_EQ(event["b"].raw(), "2");
}

TEST(Event, AcceptsSmallTextsAfterAVeryLargeOne) {
    Event event;
    const std::string large = R"({"a":")" + std::string(3'000'000, 'x') + R"("})";
    ASSERT_TRUE(event.parse(large));
    EXPECT_EQ(event["a"].text().size(), 3'000'000U);
    ASSERT_TRUE(event.parse(R"({"a":"small"})"));
    EXPECT_EQ(event["a"].text(), "small");
}

TEST(EventSet, OverridesAMemberAndIsWritten) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"type":"track","messageId":null,"b":1})"));
    event.set("messageId", R"("id-1")");
    EXPECT_EQ(event["messageId"].text(), "id-1");
    std::string out;
    event.write(out);
    EXPECT_EQ(out, R"({"type":"track","b":1,"messageId":"id-1"})");
}

TEST(EventSet, AddsMembersToAnEmptyEvent) {
    Event event;
    ASSERT_TRUE(event.parse("{}"));
    event.set("a", "1");
    event.set("context", R"({"ip":"::1","ip":"::2"})");
    EXPECT_EQ(event["context"]["ip"].text(), "::2");
    std::string out;
    event.write(out);
    EXPECT_EQ(out, R"({"a":1,"context":{"ip":"::2"}})");
}

TEST(EventSet, FollowsWhatIsThereWhereItOverridesNothing) {
    Event event;
    ASSERT_TRUE(event.parse("{ \"a\" : 0 }"));
    event.set("b", "[1, 2]");
    event.set_text("c", "text");
    std::string out = "before: ";
    event.write(out);
    EXPECT_EQ(out, "before: { \"a\" : 0 ,\"b\":[1, 2],\"c\":\"text\"}");
}

TEST(EventSet, TheLastOfTwoCounts) {
    Event event;
    ASSERT_TRUE(event.parse(R"({"a":0})"));
    event.set("a", "1");
    event.set("a", "2");
    std::string out;
    event.write(out);
    EXPECT_EQ(out, R"({"a":2})");
}

TEST(EventSet, IsForgottenByTheNextParse) {
    Event event;
    ASSERT_TRUE(event.parse("{}"));
    event.set("a", "1");
    ASSERT_TRUE(event.parse(R"({"b":1})"));
    EXPECT_FALSE(event["a"]);
}

TEST(EventSet, WorksThirtyTwoTimes) {
    Event event;
    ASSERT_TRUE(event.parse("{}"));
    for (int i = 0; i < 32; ++i) event.set(std::string("k").append(std::to_string(i)), std::to_string(i));
    EXPECT_EQ(event["k0"].raw(), "0");
    EXPECT_EQ(event["k31"].raw(), "31");
    EXPECT_THROW(event.set("one_more", "1"), std::length_error);
}

TEST(EventSet, RejectsInvalidJson) {
    Event event;
    ASSERT_TRUE(event.parse("{}"));
    EXPECT_THROW(event.set("a", "{"), std::invalid_argument);
    EXPECT_FALSE(event["a"]);
}

}  // namespace
}  // namespace pintle::json
