#include "number_option.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

namespace pintle::cli {
namespace {

// What is wrong with the text; empty if nothing is.
template <class Number>
std::string error(const CLI::Validator& check, const std::string& text) {
    Number value = 0;
    CLI::App app;
    app.add_option("--count", value)->check(check);
    try {
        app.parse("--count=" + text);
        return {};
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
}

TEST(NumberOption, SaysWhichWholeNumbersAreAllowed) {
    for (const char* text : {"x", "0", "-1", "1.5"}) {
        EXPECT_EQ(error<std::uint64_t>(whole_number_from_1(), text),
                  "--count: \"" + std::string(text) + "\" is not a whole number from 1");
    }
    EXPECT_EQ(error<std::uint64_t>(whole_number_from_1(), "1"), "");
    EXPECT_EQ(error<std::uint64_t>(whole_number(), "0"), "");
    EXPECT_EQ(error<std::uint64_t>(whole_number(), "-1"), "--count: \"-1\" is not a whole number from 0");
}

TEST(NumberOption, SaysWhichOtherNumbersAreAllowed) {
    EXPECT_EQ(error<double>(number_above_0(), "0.5"), "");
    EXPECT_EQ(error<double>(number_above_0(), "0"), "--count: \"0\" is not a number above 0");
    EXPECT_EQ(error<double>(number_from_0(), "0"), "");
    EXPECT_EQ(error<double>(number_from_0(), "fast"), "--count: \"fast\" is not a number from 0");
}

}  // namespace
}  // namespace pintle::cli
