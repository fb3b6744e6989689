#include "token_bucket.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::delivery {
namespace {

// How many tokens the bucket gives from `from` on, if each is taken as soon as it is ready.
int taken(TokenBucket& bucket, TimePoint from, Duration during) {
    int count = 0;
    for (TimePoint now = from;;) {
        const TimePoint at = bucket.ready_at(now);
        if (at >= from + during) return count;
        if (at == now) {
            bucket.take();
            ++count;
        }
        now = at;
    }
}

TEST(TokenBucket, GivesABurstOfFiftyMilliseconds) {
    TokenBucket bucket(1000);
    EXPECT_EQ(taken(bucket, start, milliseconds{1}), 50);
}

TEST(TokenBucket, ABurstIsAtLeastOne) {
    TokenBucket bucket(2);
    EXPECT_EQ(bucket.ready_at(start), start);
    bucket.take();
    EXPECT_GT(bucket.ready_at(start), start + milliseconds{499});
    EXPECT_LT(bucket.ready_at(start), start + milliseconds{501});
}

TEST(TokenBucket, KeepsItsRate) {
    TokenBucket bucket(1000);
    taken(bucket, start, seconds{1});
    EXPECT_NEAR(taken(bucket, start + seconds{1}, seconds{10}), 10'000, 2);
}

TEST(TokenBucket, DoesNotSaveUpWhatWasNotUsed) {
    TokenBucket bucket(1000);
    taken(bucket, start, seconds{1});
    EXPECT_NEAR(taken(bucket, start + hours{1}, milliseconds{1}), 50, 1);
}

TEST(TokenBucket, ATokenGivenBackIsThereAgain) {
    TokenBucket bucket(1);
    ASSERT_EQ(bucket.ready_at(start), start);
    bucket.take();
    EXPECT_GT(bucket.ready_at(start), start);
    bucket.give_back();
    EXPECT_EQ(bucket.ready_at(start), start);
}

TEST(TokenBucket, HalvesWhenThrottledButOnceASecond) {
    TokenBucket bucket(1000);
    bucket.throttle(start);
    bucket.throttle(start + milliseconds{1});
    EXPECT_NEAR(bucket.rate(), 500, 1);
    bucket.throttle(start + seconds{1});
    EXPECT_NEAR(bucket.rate(), 275, 1);  // it had recovered by 50
}

TEST(TokenBucket, NeverFallsBelowAHundredth) {
    TokenBucket bucket(1000);
    for (int i = 0; i < 100; ++i) bucket.throttle(start + i * seconds{1});
    EXPECT_GE(bucket.rate(), 10);
}

TEST(TokenBucket, RecoversToItsRateAndNoFurther) {
    TokenBucket bucket(1000);
    bucket.throttle(start);
    bucket.ready_at(start + seconds{5});
    EXPECT_NEAR(bucket.rate(), 750, 1);
    bucket.ready_at(start + seconds{60});
    EXPECT_EQ(bucket.rate(), 1000);
}

TEST(TokenBucket, KeepsALoweredRateLowerWhenItIsConfiguredAgain) {
    TokenBucket bucket(100);
    bucket.throttle(start);
    EXPECT_DOUBLE_EQ(bucket.rate(), 50);
    bucket.configure(1000, start);
    EXPECT_DOUBLE_EQ(bucket.rate(), 500);
    bucket.configure(10, start);
    EXPECT_DOUBLE_EQ(bucket.rate(), 5);
    EXPECT_EQ(bucket.ready_at(start), start);
    bucket.take();
    EXPECT_EQ(bucket.ready_at(start), start + milliseconds{200});
}

}  // namespace
}  // namespace pintle::delivery
