#include "pintle/http/server/failure_log.hpp"

#include <gtest/gtest.h>

namespace pintle::http {
namespace {

using namespace std::chrono_literals;

constexpr FailureLog::Time start{1'000h};

TEST(FailureLog, LogsAnAddressOnceAMinuteWithTheCountSince) {
    FailureLog log;
    EXPECT_EQ(log.add("10.0.0.1", start), 1U);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(log.add("10.0.0.1", start + 59s));
    EXPECT_EQ(log.add("10.0.0.2", start + 59s), 1U);
    EXPECT_EQ(log.add("10.0.0.1", start + 60s), 11U);
    EXPECT_FALSE(log.add("10.0.0.1", start + 61s));
}

TEST(FailureLog, MayCountSeveralAtATimeAndLogOnceAnHour) {
    FailureLog log(1h);
    EXPECT_EQ(log.add("User Deleted", start, 3), 3U);
    EXPECT_FALSE(log.add("User Deleted", start + 59min, 4));
    EXPECT_EQ(log.add("User Deleted", start + 1h, 5), 9U);
}

TEST(FailureLog, LogsABoundedNumberOfLinesHoweverManyAddressesThereAre) {
    FailureLog log;
    std::size_t lines = 0;
    for (int i = 0; i < 10'000; ++i) lines += log.add(std::to_string(i), start + i * 1ms) ? 1 : 0;
    EXPECT_EQ(lines, FailureLog::max_lines);
    EXPECT_EQ(log.add("9999", start + 70s), 2U) << "what was not logged is not forgotten";
}

}  // namespace
}  // namespace pintle::http
