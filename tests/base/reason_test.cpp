#include "pintle/base/reason.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace pintle {
namespace {

TEST(Reason, HasACodeInSnakeCaseOfItsOwn) {
    std::set<std::string_view> codes;
    for (const auto& text : reason_texts) {
        EXPECT_TRUE(codes.insert(text.code).second) << text.code << " stands twice";
        EXPECT_EQ(text.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos)
            << text.code;
        EXPECT_TRUE(text.code.front() != '_' && text.code.back() != '_') << text.code;
    }
}

TEST(Reason, HasASentenceOfItsOwn) {
    std::set<std::string_view> sentences;
    for (const auto& text : reason_texts) EXPECT_TRUE(sentences.insert(text.sentence).second) << text.sentence;
}

TEST(Reason, IsFoundByItsCode) {
    for (const auto& text : reason_texts) EXPECT_EQ(find_reason(text.code), text.reason) << text.code;
    EXPECT_EQ(find_reason("event name is missing or not a string"), std::nullopt);
    EXPECT_EQ(find_reason(""), std::nullopt);
}

// Each row is `code` and sentence. The codes are what operators search for.
TEST(Reason, StandsInTheDocumentation) {
    std::ifstream file(PINTLE_TEST_DATA "/../../docs/operations.md");
    const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    for (const auto& text : reason_texts) {
        const auto row = "| `" + std::string(text.code) + "` | " + std::string(text.sentence) + " |";
        EXPECT_NE(page.find(row), std::string::npos) << row;
    }
}

}  // namespace
}  // namespace pintle
