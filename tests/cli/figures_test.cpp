#include "terminal/figures.hpp"

#include <gmock/gmock.h>

namespace pintle::cli::terminal {
namespace {

TEST(Figures, GroupThousands) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1'000), "1,000");
    EXPECT_EQ(grouped(12'345'678), "12,345,678");
    EXPECT_EQ(counted(1, "event"), "1 event");
    EXPECT_EQ(counted(0, "event"), "0 events");
    EXPECT_EQ(counted(1'200, "event"), "1,200 events");
}

TEST(Figures, ShowRatesWithAsManyDigitsAsCount) {
    EXPECT_EQ(short_rate(0), "0");
    EXPECT_EQ(short_rate(0.44), "0.4");
    EXPECT_EQ(short_rate(9.96), "10");
    EXPECT_EQ(short_rate(5'100.4), "5,100");
}

TEST(Figures, ShowSizes) {
    EXPECT_EQ(short_size(812), "812 B");
    EXPECT_EQ(short_size(1'024), "1.0 KiB");
    EXPECT_EQ(short_size(4'400'000), "4.2 MiB");
    EXPECT_EQ(short_size((20ULL << 30U) - 1), "20 GiB");
}

TEST(Figures, ShowDurationsInTwoUnitsAtMost) {
    EXPECT_EQ(short_duration(0), "0 s");
    EXPECT_EQ(short_duration(0.00085), "850 µs");
    EXPECT_EQ(short_duration(0.0123), "12 ms");
    EXPECT_EQ(short_duration(0.9999), "1.0 s");
    EXPECT_EQ(short_duration(59.7), "1m");
    EXPECT_EQ(short_duration(200), "3m20s");
    EXPECT_EQ(short_duration(2 * 86'400 + 4 * 3'600 + 59), "2d4h");
}

}  // namespace
}  // namespace pintle::cli::terminal
