#include <string>

#include <gmock/gmock.h>

#include "pintle/json/depth.hpp"
#include "pintle/json/parse.hpp"

namespace pintle {
namespace {

std::string nested(std::size_t levels, const std::string& open = "[", const std::string& close = "]") {
    std::string text;
    for (std::size_t i = 0; i < levels; ++i) text += open;
    for (std::size_t i = 0; i < levels; ++i) text += close;
    return text;
}

TEST(JsonDepth, CountsArraysAndObjectsThatAreOpenAtOnce) {
    EXPECT_FALSE(is_nested_deeper(nested(64), 64));
    EXPECT_TRUE(is_nested_deeper(nested(65), 64));
    EXPECT_TRUE(is_nested_deeper(nested(65, "{\"a\":[", "]}"), 129));
    EXPECT_FALSE(is_nested_deeper(nested(65, "{\"a\":[", "]}"), 130));
    EXPECT_FALSE(is_nested_deeper("[[],[],[],{},{}]", 2));
    EXPECT_FALSE(is_nested_deeper("", 0));
    EXPECT_FALSE(is_nested_deeper("1", 0));
}

TEST(JsonDepth, DoesNotCountBracketsInStrings) {
    EXPECT_FALSE(is_nested_deeper(R"(["[[[[{{{{"])", 1));
    EXPECT_FALSE(is_nested_deeper(R"(["\"[[[[\\"])", 1));
    EXPECT_TRUE(is_nested_deeper(R"(["\\",[[]]])", 2));
}

TEST(JsonDepth, ReadsNoInvalidTextBeyondItsEnd) {
    EXPECT_FALSE(is_nested_deeper("]]]]", 1));
    EXPECT_FALSE(is_nested_deeper("\"", 1));
    EXPECT_FALSE(is_nested_deeper("\"\\", 1));
    EXPECT_TRUE(is_nested_deeper(std::string(1'000'000, '['), 64));
}

TEST(ParseJson, DiscardsWhatIsInvalidOrNestedTooDeeply) {
    EXPECT_EQ(parse_json("{\"a\":[1]}"), nlohmann::json({{"a", {1}}}));
    EXPECT_TRUE(parse_json("{").is_discarded());
    EXPECT_FALSE(parse_json(nested(max_json_document_depth)).is_discarded());
    EXPECT_TRUE(parse_json(nested(max_json_document_depth + 1)).is_discarded());
    EXPECT_TRUE(parse_json(nested(200'000)).is_discarded());
    EXPECT_TRUE(parse_json(std::string(200'000, '[')).is_discarded());
}

TEST(AcceptsJson, OnlyWhatCanStandAsAValueInOtherJson) {
    EXPECT_TRUE(accepts_json(" {\"a\": 1}\n"));
    EXPECT_FALSE(accepts_json(""));
    EXPECT_FALSE(accepts_json("\xEF\xBB\xBF{}"));
    EXPECT_FALSE(accepts_json(std::string("{}\0,\"forged\":1", 14)));
    EXPECT_TRUE(accepts_json(nested(max_json_value_depth)));
    EXPECT_FALSE(accepts_json(nested(max_json_value_depth + 1)));
}

}  // namespace
}  // namespace pintle
