#include "pintle/stats/process.hpp"

#include <unistd.h>

#include <array>
#include <ctime>
#include <string>

#include <gmock/gmock.h>

namespace pintle::stats {
namespace {

TEST(Process, IsReadThoughItsNameLooksLikeOtherFields) {
    const auto stat = read_stat(
        "42 (a) R 7 (b) S 1 42 42 0 -1 4194560 1 2 3 4 1500 250 0 0 20 0 5 0 98765 123456789 4321 "
        "18446744073709551615");
    ASSERT_TRUE(stat);
    EXPECT_EQ(stat->start, 98765U);
    EXPECT_EQ(stat->resident, 4321U);
}

TEST(Process, IsNothingWhereTheTextIsCutOff) {
    EXPECT_FALSE(read_stat(""));
    EXPECT_FALSE(read_stat("42 (pintle) S 1 42"));
}

TEST(Process, TellsOfThisOne) {
    const auto before = this_process();
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const auto after = this_process();
    close(pipe[0]);
    close(pipe[1]);
    EXPECT_EQ(after.open_files, before.open_files + 2);
    EXPECT_GT(after.max_files, after.open_files);
    EXPECT_GT(after.resident_bytes, 1'000'000U);
    EXPECT_GT(before.cpu_seconds, 0);
    EXPECT_GT(after.cpu_seconds, before.cpu_seconds);
    EXPECT_LE(after.start_time, static_cast<double>(std::time(nullptr)) + 1);
    EXPECT_GT(after.start_time, static_cast<double>(std::time(nullptr)) - 3600);
}

}  // namespace
}  // namespace pintle::stats
