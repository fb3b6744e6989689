#include "event_rate.hpp"

#include <gtest/gtest.h>

namespace pintle::ingest {
namespace {

using namespace std::chrono_literals;

constexpr EventRate::TimePoint start{1000h};

TEST(EventRate, AllowsABurstOfOneSecond) {
    EventRate rate;
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(rate.take(1, 100, start)) << i;
    EXPECT_EQ(rate.take(1, 100, start), 1s);
    EXPECT_FALSE(rate.take(1, 100, start + 10ms));
    EXPECT_TRUE(rate.take(1, 100, start + 10ms));
}

TEST(EventRate, KeepsTheRateInTheLongRun) {
    EventRate rate;
    int taken = 0;
    for (auto time = start; time < start + 60s; time += 1ms) taken += rate.take(1, 100, time) ? 0 : 1;
    EXPECT_NEAR(taken, 6100, 2);
}

TEST(EventRate, DoesNotAccumulateBeyondTheBurst) {
    EventRate rate;
    EXPECT_FALSE(rate.take(1, 10, start));
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(rate.take(1, 10, start + 24h));
    EXPECT_TRUE(rate.take(1, 10, start + 24h));
}

TEST(EventRate, ARequestLargerThanTheBurstPassesWhenTheBucketIsFull) {
    EventRate rate;
    EXPECT_FALSE(rate.take(1000, 100, start));
    EXPECT_EQ(rate.take(1, 100, start), 10s) << "9.01 s";
    EXPECT_EQ(rate.take(1000, 100, start), 10s);
    EXPECT_EQ(rate.take(1000, 100, start + 9500ms), 1s);
    EXPECT_FALSE(rate.take(1, 100, start + 9500ms));
    EXPECT_TRUE(rate.take(1000, 100, start + 10s));
    EXPECT_FALSE(rate.take(1000, 100, start + 10s + 20ms));
}

TEST(EventRate, ARejectedRequestTakesNothing) {
    EventRate rate;
    EXPECT_FALSE(rate.take(10, 10, start));
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(rate.take(10, 10, start), 1s);
    EXPECT_FALSE(rate.take(10, 10, start + 1s));
}

TEST(EventRate, FollowsAChangedRate) {
    EventRate rate;
    EXPECT_FALSE(rate.take(10, 10, start));
    EXPECT_TRUE(rate.take(1, 10, start + 50ms));
    EXPECT_TRUE(rate.take(1, 100, start + 50ms)) << "half an event's worth";
    EXPECT_FALSE(rate.take(1, 100, start + 55ms));
}

}  // namespace
}  // namespace pintle::ingest
