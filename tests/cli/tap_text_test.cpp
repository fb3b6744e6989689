#include "tap_text.hpp"

#include <gmock/gmock.h>

#include "pintle/base/terminal_text.hpp"

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
              "2026-11-24T14:03:05.238Z  delivered    track     ada                   Order Completed       customerio "
              "  -                   -                                     -\n");
}

TEST(TapText, AnEventHasItsMessageId) {
    TapLines lines(false);
    auto with_id = event("delivered", "ada", "");
    with_id.insert(1, R"("event":{"type":"track","messageId":"order-42"},)");
    EXPECT_EQ(lines.header().find("MESSAGE ID"), lines.line(with_id).find("order-42"));
    auto no_json = event("rejected", "ada", "invalid JSON");
    no_json.insert(1, R"("event":"{\"messageId\":",)");
    EXPECT_THAT(lines.line(no_json), testing::ContainsRegex(" -  +invalid JSON\n"));
}

TEST(TapText, TheHeaderIsAboveTheColumns) {
    TapLines lines(false);
    EXPECT_EQ(lines.header().find("USER"), lines.line(event("retried", "ada", "503")).find("ada"));
}

TEST(TapText, OnlyTheOutcomeIsColoured) {
    EXPECT_THAT(TapLines(true).line(event("dead_letter", "dead_letter", "x")),
                StartsWith("2026-11-24T14:03:05.238Z  \x1b[31mdead_letter\x1b[0m  track     dead_letter"));
    EXPECT_THAT(TapLines(true).line(event("new", "u", "x")), Not(HasSubstr("\x1b")));
}

TEST(TapText, NothingInAnEventCanSteerATerminal) {
    const auto line = TapLines(false).line(event("delivered", "\\u001b[2J\\u009b", "a\\nb"));
    EXPECT_THAT(line, HasSubstr("?[2J?"));
    EXPECT_THAT(line, testing::EndsWith("a?b\n"));
    EXPECT_EQ(TapLines(false).line("\x1b[2J no event"), "?[2J no event\n");
}

TEST(TapText, OnATerminalNothingWraps) {
    TapLines lines(true, 80);
    for (const auto& line : {lines.header(), lines.line(event("dead_letter", "ada", std::string(200, 'm')))}) {
        std::string shown = line;
        for (const std::string code : {"\x1b[31m", "\x1b[0m"}) {
            if (const auto at = shown.find(code); at != std::string::npos) shown.erase(at, code.size());
        }
        EXPECT_LE(text::width_of(shown), 81U) << "with its end" << line;
        EXPECT_THAT(line, testing::EndsWith("\n"));
    }
    EXPECT_THAT(lines.line(event("dead_letter", "ada", "m")), HasSubstr("\x1b[31mdead_letter\x1b[0m"));
}

TEST(TapText, ALongUserIsCut) {
    EXPECT_THAT(TapLines(false).line(event("delivered", std::string(150, 'u'), "")), HasSubstr("uu…  Order"));
}

}  // namespace
}  // namespace pintle::cli
