#include "pintle/terminal/text.hpp"

#include <gmock/gmock.h>

#include "pintle/terminal/table.hpp"

namespace pintle::terminal {
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

TEST(Text, CutsAtCharactersAndSaysThatThereIsMore) {
    EXPECT_EQ(cut_to("jörg", 4), "jörg");
    EXPECT_EQ(cut_to("jörgen", 4), "jör…");
    EXPECT_EQ(cut_to("jörgen", 1), "…");
    EXPECT_EQ(cut_to("jörgen", 0), "");
}

TEST(Table, AlignsTextToTheLeftAndFiguresToTheRight) {
    Table table({{"NAME"}, {"COUNT", Side::right}, {"WHY"}});
    EXPECT_EQ(table.lines({{"customerio", "7", "no"}, {"jörg", "1,234", "too old"}}),
              "customerio      7  no\n"
              "jörg        1,234  too old\n");
    EXPECT_EQ(table.header(), "NAME        COUNT  WHY\n");
}

TEST(Table, NeverShrinks) {
    Table table({{"A"}, {"B"}});
    EXPECT_EQ(table.lines({{"long", "x"}}), "long  x\n");
    EXPECT_EQ(table.lines({{"s", "x"}}), "s     x\n");
}

}  // namespace
}  // namespace pintle::terminal
