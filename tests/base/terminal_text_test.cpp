#include "pintle/base/terminal_text.hpp"

#include <gmock/gmock.h>

namespace pintle::text {
namespace {

TEST(Text, ShowsControlCharactersOfBothSetsAsQuestionMarks) {
    EXPECT_EQ(shown("\x1b[2J a\nb\x7f"), "?[2J a?b?");
    EXPECT_EQ(shown("a\xc2\x9b"
                    "b\xc2\xa0"),
              "a?b\xc2\xa0");
    EXPECT_EQ(shown("jörg"), "jörg");
    EXPECT_EQ(shown("a\u202egpj.exe\u2028b"), "a?gpj.exe?b") << "no text is turned around, no line is ended";
    EXPECT_EQ(shown("a\xff\xc3"), "a??") << "what is no UTF-8";
}

TEST(Text, IsTruncatedBetweenCharactersAndMarked) {
    EXPECT_EQ(cut_to("jörg", 4), "jörg");
    EXPECT_EQ(cut_to("jörgen", 4), "jör…");
    EXPECT_EQ(cut_to("jörgen", 1), "…");
    EXPECT_EQ(cut_to("jörgen", 0), "");
}

}  // namespace
}  // namespace pintle::text
