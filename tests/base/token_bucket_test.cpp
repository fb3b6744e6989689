#include "pintle/base/token_bucket.hpp"

#include <gtest/gtest.h>

namespace pintle {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using TimePoint = TokenBucket::TimePoint;

constexpr TimePoint start{hours(1)};
constexpr milliseconds burst{50};

// Takes each token as soon as it is available and counts them.
int taken(TokenBucket& bucket, TimePoint from, TimePoint::duration during) {
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

TEST(TokenBucket, HoldsTheBurst) {
    TokenBucket bucket(1000, burst);
    EXPECT_EQ(taken(bucket, start, milliseconds{1}), 50);
}

TEST(TokenBucket, ABurstIsAtLeastOne) {
    TokenBucket bucket(2, burst);
    EXPECT_EQ(bucket.ready_at(start), start);
    bucket.take();
    EXPECT_GT(bucket.ready_at(start), start + milliseconds{499});
    EXPECT_LT(bucket.ready_at(start), start + milliseconds{501});
}

TEST(TokenBucket, KeepsItsRate) {
    TokenBucket bucket(1000, burst);
    taken(bucket, start, seconds{1});
    EXPECT_NEAR(taken(bucket, start + seconds{1}, seconds{10}), 10'000, 2);
}

TEST(TokenBucket, DoesNotAccumulateBeyondTheBurst) {
    TokenBucket bucket(1000, burst);
    taken(bucket, start, seconds{1});
    EXPECT_NEAR(taken(bucket, start + hours{1}, milliseconds{1}), 50, 1);
}

TEST(TokenBucket, ATokenGivenBackIsAvailableAgain) {
    TokenBucket bucket(1, burst);
    ASSERT_EQ(bucket.ready_at(start), start);
    bucket.take();
    EXPECT_GT(bucket.ready_at(start), start);
    bucket.give_back();
    EXPECT_EQ(bucket.ready_at(start), start);
}

TEST(TokenBucket, HalvesItsRateAtMostOnceASecondWhenThrottled) {
    TokenBucket bucket(1000, burst);
    bucket.throttle(start);
    bucket.throttle(start + milliseconds{1});
    EXPECT_NEAR(bucket.rate(), 500, 1);
    bucket.throttle(start + seconds{1});
    EXPECT_NEAR(bucket.rate(), 275, 1);  // it had recovered by 50
}

TEST(TokenBucket, NeverFallsBelowAHundredthOfItsRate) {
    TokenBucket bucket(1000, burst);
    for (int i = 0; i < 100; ++i) bucket.throttle(start + i * seconds{1});
    EXPECT_GE(bucket.rate(), 10);
}

TEST(TokenBucket, RecoversToItsRateAndNoFurther) {
    TokenBucket bucket(1000, burst);
    bucket.throttle(start);
    bucket.ready_at(start + seconds{5});
    EXPECT_NEAR(bucket.rate(), 750, 1);
    bucket.ready_at(start + seconds{60});
    EXPECT_EQ(bucket.rate(), 1000);
}

TEST(TokenBucket, ALargerRequestTakesTokensFromTheFuture) {
    TokenBucket bucket(100, seconds(1));
    EXPECT_EQ(bucket.ready_at(start, 1000), start);
    bucket.take(1000);
    EXPECT_EQ(bucket.ready_at(start, 1), start + milliseconds(9010));
    EXPECT_EQ(bucket.ready_at(start, 1000), start + seconds(10));
}

TEST(TokenBucket, StaysThrottledWhenTheRateChanges) {
    TokenBucket bucket(100, burst);
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
}  // namespace pintle
