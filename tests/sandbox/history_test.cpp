#include "history.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pintle::sandbox {
namespace {

using nlohmann::json;

const Call& add(History& history, const std::string& path, const std::string& body = "{}",
                const std::vector<std::string>& ids = {}) {
    Call call;
    call.method = "PUT";
    call.path = path;
    call.body = body;
    return history.add(std::move(call), ids);
}

std::vector<std::string> paths(const std::string& list) {
    std::vector<std::string> out;
    for (const json& call : json::parse(list)) out.push_back(call["path"]);
    return out;
}

using Paths = std::vector<std::string>;

TEST(History, ListsTheLastCallsOldestFirst) {
    History history(10);
    for (const char* path : {"a", "b", "c"}) add(history, path);
    EXPECT_EQ(paths(history.list(std::nullopt, 2)), (Paths{"b", "c"}));
    EXPECT_EQ(paths(history.list(std::nullopt, 0)), Paths{});
}

TEST(History, NamesTheItemsThatWereRefusedOfABatch) {
    History history(10);
    Call call;
    call.status = 207;
    call.refused_items = {0, 2};
    history.add(call, {});
    call = {};
    history.add(call, {});
    const json calls = json::parse(history.list(std::nullopt, 2));
    EXPECT_EQ(calls[0]["refused_items"], json({0, 2}));
    EXPECT_FALSE(calls[1].contains("refused_items"));
}

TEST(History, ListsTheFirstCallsAfterANumber) {
    History history(10);
    for (const char* path : {"a", "b", "c"}) add(history, path);
    EXPECT_EQ(paths(history.list(1, 1)), Paths{"b"});
    EXPECT_EQ(paths(history.list(0, 9)), (Paths{"a", "b", "c"}));
    EXPECT_EQ(paths(history.list(3, 9)), Paths{});
}

TEST(History, ForgetsTheOldest) {
    History history(2);
    for (const char* path : {"a", "b", "c"}) add(history, path);
    EXPECT_EQ(paths(history.list(0, 9)), (Paths{"b", "c"}));
}

TEST(History, NumbersGoOnAfterItWasCleared) {
    History history(10);
    add(history, "a");
    history.clear();
    EXPECT_EQ(history.size(), 0U);
    EXPECT_EQ(add(history, "b").seq, 2U);
}

TEST(History, MarksTheRepeatOfADedupeId) {
    History history(10);
    EXPECT_FALSE(add(history, "a", "{}", {"x", "y"}).duplicate);
    EXPECT_FALSE(add(history, "b", "{}", {"z"}).duplicate);
    EXPECT_TRUE(add(history, "c", "{}", {"w", "y"}).duplicate);
}

TEST(History, ShowsABodyAsItWasSent) {
    History history(10);
    add(history, "a", R"({"n": 9007199254740993, "f": 0.10})");
    EXPECT_NE(history.list(0, 9).find(R"("body":{"n": 9007199254740993, "f": 0.10})"), std::string::npos);
}

TEST(History, ShowsABodyThatIsNoJsonAsAString) {
    History history(10);
    add(history, "a", "{oops");
    add(history, "b", "\xff");
    add(history, "c", "");
    const json list = json::parse(history.list(0, 9));
    EXPECT_EQ(list[0]["body"], "{oops");
    EXPECT_TRUE(list[1]["body"].is_string());
    EXPECT_TRUE(list[2]["body"].is_null());
}

}  // namespace
}  // namespace pintle::sandbox
