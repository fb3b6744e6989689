#include "tap_text.hpp"

#include <gmock/gmock.h>

namespace pintle::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string event(const std::string& outcome, const std::string& user, const std::string& message) {
    return R"({"seq":1,"time":"2026-11-24T14:03:05.238Z","outcome":")" + outcome + R"(","type":"track","user":")" +
           user + R"(","name":"Order Completed","destination":"customerio","reason":"","message":")" + message +
           R"("})";
}

TEST(TapText, AnEventIsALine) {
    EXPECT_EQ(TapLines(false).line(event("delivered", "ada", "")),
              "14:03:05.238Z  delivered    track     ada                   Order Completed       customerio   -        "
              "           -\n");
}

TEST(TapText, TheHeaderIsAboveTheColumns) {
    TapLines lines(false);
    EXPECT_EQ(lines.header().find("USER"), lines.line(event("retried", "ada", "503")).find("ada"));
}

TEST(TapText, OnlyTheOutcomeIsColoured) {
    EXPECT_THAT(TapLines(true).line(event("dead_letter", "dead_letter", "x")),
                StartsWith("14:03:05.238Z  \x1b[31mdead_letter\x1b[0m  track     dead_letter"));
    EXPECT_THAT(TapLines(true).line(event("new", "u", "x")), Not(HasSubstr("\x1b")));
}

TEST(TapText, NothingInAnEventCanSteerATerminal) {
    const auto line = TapLines(false).line(event("delivered", "\\u001b[2J\\u009b", "a\\nb"));
    EXPECT_THAT(line, HasSubstr("?[2J?"));
    EXPECT_THAT(line, testing::EndsWith("a?b\n"));
    EXPECT_EQ(TapLines(false).line("\x1b[2J no event"), "?[2J no event\n");
}

TEST(TapText, ALongUserIsCut) {
    EXPECT_THAT(TapLines(false).line(event("delivered", std::string(150, 'u'), "")), HasSubstr("uu…  Order"));
}

}  // namespace
}  // namespace pintle::cli
