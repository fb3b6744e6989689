#include "dead_letter_text.hpp"

#include <gmock/gmock.h>

namespace pintle::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string letter(const std::string& user, const std::string& message) {
    return R"({"id":7,"source":"web","destination":"customerio","reason":"rejected_400","message":")" + message +
           R"(","attempts":2,"received_at":"2026-09-21T14:13:20.000Z","dead_lettered_at":"2026-09-21T14:13:21.000Z",)"
           R"("request":{"method":"PUT","path":"/api/v1/customers/u","body":{"n":0.10}},)"
           R"("response":{"status":400,"body":"no"},"event":{"type":"identify","userId":")" +
           user + R"(","traits":{"n":0.10}}})";
}

TEST(LetterText, ATableHasALineALetterAndAlignsItsColumns) {
    DeadLetterTable table;
    EXPECT_EQ(table.lines({letter("ada", "no"), letter("j\xc3\xb6rg", "too long")}),
              "customerio/7  2026-09-21T14:13:21.000Z  2         ada   identify  rejected_400  no\n"
              "customerio/7  2026-09-21T14:13:21.000Z  2         j\xc3\xb6rg  identify  rejected_400  too long\n");
    EXPECT_EQ(table.header(),
              "LETTER        DEAD-LETTERED             ATTEMPTS  USER  EVENT     REASON        MESSAGE\n");
}

TEST(LetterText, ALettersDescriptionHoldsEventRequestAndAnswerAsTheyWere) {
    const auto text = describe_letter(letter("ada", "no"));
    for (const char* part : {"customerio/7", "rejected_400", "2026-09-21T14:13:20.000Z", "PUT /api/v1/customers/u",
                             "400 no", "\"userId\": \"ada\"", "\"n\": 0.10"}) {
        EXPECT_THAT(text, HasSubstr(part));
    }
}

TEST(LetterText, ATrackIsNamedInTheTable) {
    auto track = letter("ada", "no");
    const std::string type = R"("type":"identify")";
    track.replace(track.find(type), type.size(), R"("type":"track","event":"Order Completed")");
    DeadLetterTable table;
    EXPECT_THAT(table.lines({track}), HasSubstr("  ada   track Order Completed  rejected_400  no\n"));
}

TEST(LetterText, OfAnEarlierVersionMayHaveAnEventOfAnyDepth) {
    auto deep = letter("ada", "nesting is deeper than 64 levels");
    deep.replace(deep.find("{\"n\":0.10}}}"), 10, std::string(200'000, '[') + std::string(200'000, ']'));
    DeadLetterTable table;
    EXPECT_THAT(table.lines({deep}), testing::StartsWith("customerio/7  2026-09-21T14:13:21.000Z  2         -"));
    EXPECT_THAT(describe_letter(deep), HasSubstr("nesting is deeper than 64 levels"));
}

TEST(LetterText, WhatIsMissingIsADash) {
    EXPECT_THAT(describe_letter("{\"id\":7}"), HasSubstr("-/7\n  reason         -\n  message        -\n"));
}

TEST(LetterText, NothingInItCanSteerATerminal) {
    DeadLetterTable table;
    const auto steering = letter("\\u001b[2J", "a\\u009bb\\nc");
    EXPECT_THAT(table.lines({steering}), HasSubstr("?[2J"));
    EXPECT_THAT(table.lines({steering}), HasSubstr("a?b?c\n"));
    EXPECT_THAT(describe_letter(steering), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace pintle::cli
