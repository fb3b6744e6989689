#include "json_text.hpp"

#include <gmock/gmock.h>

namespace pintle::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(JsonText, MembersAreCutAsTheyWereWritten) {
    EXPECT_THAT(members_of(R"( { "a" : 0.10 , "b\"":"},]\\" ,"c":[1,{"d":2}],"e":{} , "f":null} )"),
                ElementsAre(Pair("a", "0.10"), Pair(R"(b\")", R"("},]\\")"), Pair("c", R"([1,{"d":2}])"),
                            Pair("e", "{}"), Pair("f", "null")));
}

TEST(JsonText, ElementsHaveNoNames) {
    EXPECT_THAT(members_of(R"([1e21,"x",[],
        true])"),
                ElementsAre(Pair("", "1e21"), Pair("", R"("x")"), Pair("", "[]"), Pair("", "true")));
    EXPECT_THAT(members_of("[ ]"), IsEmpty());
    EXPECT_THAT(members_of("7"), IsEmpty());
}

TEST(JsonText, AMemberIsFoundByItsName) {
    EXPECT_EQ(member_of(R"({"a":{"b":1},"b":2})", "b"), "2");
    EXPECT_EQ(member_of(R"({"a":1})", "b"), "");
}

TEST(JsonText, IsIndentedAMemberALine) {
    EXPECT_EQ(indented(R"({"a":[1,2.50],"b":{},"c":"x"})", 2),
              "{\n    \"a\": [\n      1,\n      2.50\n    ],\n    \"b\": {},\n    \"c\": \"x\"\n  }");
    EXPECT_EQ(indented(" \"text\" ", 2), "\"text\"");
    EXPECT_LT(indented(std::string(100'000, '[') + std::string(100'000, ']'), 0).size(), 300'000);
}

}  // namespace
}  // namespace pintle::cli
