#include "terminal/table.hpp"

#include <gmock/gmock.h>

namespace pintle::cli::terminal {
namespace {

TEST(Table, AlignsTextToTheLeftAndFiguresToTheRight) {
    Table table({{"NAME"}, {"COUNT", Alignment::right}, {"WHY"}});
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
}  // namespace pintle::cli::terminal
