#include "pintle/http/server/query.hpp"

#include <gtest/gtest.h>

namespace pintle::http {
namespace {

TEST(QueryParameter, IsFoundAndDecoded) {
    EXPECT_EQ(query_parameter("a=1&writeKey=k%2Bey+2&b", "writeKey"), "k+ey 2");
    EXPECT_EQ(query_parameter("write%4Bey=key", "writeKey"), "key");
}

TEST(QueryParameter, WithoutAValueIsEmpty) {
    EXPECT_EQ(query_parameter("a&b=", "a"), "");
    EXPECT_EQ(query_parameter("a&b=", "b"), "");
}

TEST(QueryParameter, ThatIsNotThereIsNothing) {
    EXPECT_EQ(query_parameter("", "writeKey"), std::nullopt);
    EXPECT_EQ(query_parameter("writekey=1&xwriteKey=2&a=writeKey=3", "writeKey"), std::nullopt);
}

TEST(QueryParameter, IsTheFirstOfThatName) {
    EXPECT_EQ(query_parameter("a=1&a=2", "a"), "1");
}

TEST(QueryParameter, KeepsFurtherEqualsSigns) {
    EXPECT_EQ(query_parameter("a=b==", "a"), "b==");
}

TEST(QueryParameter, DoesNotMindThatOthersAreBroken) {
    EXPECT_EQ(query_parameter("x[]=%zz&%=\"&writeKey=key", "writeKey"), "key");
}

TEST(QueryParameter, ThatIsBrokenItselfIsNothing) {
    EXPECT_EQ(query_parameter("writeKey=%zz", "writeKey"), std::nullopt);
}

TEST(PercentDecoding, LeavesPlusSigns) {
    EXPECT_EQ(percent_decoded("a+b%20c"), "a+b c");
    EXPECT_EQ(percent_decoded("%2"), std::nullopt);
}

TEST(Query, GivesAllParametersInTheirOrder) {
    const std::vector<std::pair<std::string, std::string>> expected{{"a", "1"}, {"b", ""}, {"a", "x y"}};
    EXPECT_EQ(query_parameters("a=1&b&&a=x%20y"), expected);
    EXPECT_EQ(query_parameters("")->size(), 0);
    EXPECT_EQ(query_parameters("a=1&b=%zz"), std::nullopt);
}

}  // namespace
}  // namespace pintle::http
