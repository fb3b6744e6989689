#include "compare/tree.hpp"

#include <gmock/gmock.h>

#include <tuple>

#include "compare/difference.hpp"

namespace pintle::cli::compare {
namespace {

using testing::ElementsAre;

TEST(CompareTree, WritesEqualValuesEqually) {
    const auto tree = read_tree(R"({ "b": [1.0, "\u00e9", {"y": null, "x": true}], "a": "old", "a": 1e1 })");
    EXPECT_EQ(tree.to_json(), R"({"a":10,"b":[1,"é",{"x":true,"y":null}]})");
    EXPECT_EQ(tree, read_tree(tree.to_json()));
}

TEST(CompareTree, HasOneTextForEachNumber) {
    for (const auto& [number, text] :
         std::initializer_list<std::pair<const char*, const char*>>{{"0", "0"},
                                                                    {"-0.000", "0"},
                                                                    {"0e99999999999999999999", "0"},
                                                                    {"1.50", "1.5"},
                                                                    {"15e-1", "1.5"},
                                                                    {"0.10", "0.1"},
                                                                    {"-0.00012", "-0.00012"},
                                                                    {"12E2", "1200"},
                                                                    {"1e21", "1e21"},
                                                                    {"1000000000000000000000", "1e21"},
                                                                    {"123e-30", "123e-30"},
                                                                    {"9007199254740993", "9007199254740993"},
                                                                    {"9007199254740993.0", "9007199254740993"}}) {
        EXPECT_EQ(canonical_number(number), text) << number;
        EXPECT_EQ(canonical_number(text), text);
    }
}

TEST(CompareTree, KnowsTheNumbersThatJavaScriptCannotTellApart) {
    EXPECT_TRUE(is_same_double("9007199254740993", "9007199254740992"));
    EXPECT_TRUE(is_same_double("0.1000000000000000055", "0.1"));
    EXPECT_FALSE(is_same_double("9007199254740993", "9007199254740994"));
    EXPECT_FALSE(is_same_double("1e-400", "1e400"));
    EXPECT_TRUE(is_infinite_double("-1e400"));
    EXPECT_FALSE(is_infinite_double("1e-400"));
    EXPECT_FALSE(is_infinite_double("1e308"));
}

TEST(CompareTree, SetsAndRemovesMembers) {
    Tree tree = Tree::object();
    tree.set("b", Tree::string("x"));
    tree.set("a", Tree::boolean(false));
    tree.set("b", Tree::string("y\n"));
    EXPECT_EQ(tree.to_json(), R"({"a":false,"b":"y\n"})");
    EXPECT_EQ(tree.remove("b").text(), "y\n");
    EXPECT_TRUE(tree.remove("c").is(json::Kind::null));
    EXPECT_EQ(tree.to_json(), R"({"a":false})");
}

TEST(CompareDifference, NamesTheInnermostMembers) {
    const auto a = read_tree(R"({"same":1,"d":{"x":1,"y":[1,{"z":2}],"only":0},"list":[1],"a.b":1})");
    const auto b = read_tree(R"({"same":1.0,"d":{"x":2,"y":[1,{"z":3}]},"list":[1,2],"new":null})");
    std::vector<std::tuple<std::string, std::string, std::string>> found;
    for (const auto& [path, in_a, in_b] : differences(a, b)) {
        found.emplace_back(path_text(path, Indexes::shown), in_a == nullptr ? "" : in_a->to_json(),
                           in_b == nullptr ? "" : in_b->to_json());
    }
    EXPECT_THAT(found, ElementsAre(std::tuple("[\"a.b\"]", "1", ""), std::tuple("d.only", "0", ""),
                                   std::tuple("d.x", "1", "2"), std::tuple("d.y[1].z", "2", "3"),
                                   std::tuple("list", "[1]", "[1,2]"), std::tuple("new", "", "null")));
}

TEST(CompareDifference, LeavesIndexesOutOfKinds) {
    EXPECT_EQ(path_text({"a", "[12]", "b"}, Indexes::left_out), "a[].b");
    EXPECT_EQ(path_text({"a", "[x]"}, Indexes::left_out), R"(a["[x]"])");
}

}  // namespace
}  // namespace pintle::cli::compare
