#include "circuit_breaker.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::delivery {
namespace {

class ACircuitBreaker : public testing::Test {
protected:
    void fail(int times, TimePoint now = start) {
        for (int i = 0; i < times; ++i) breaker.failed(true, now, {});
    }

    CircuitBreaker breaker{minutes{5}};
};

TEST_F(ACircuitBreaker, OpensWhenTwentyFailedAndNoneSucceeded) {
    fail(19);
    EXPECT_FALSE(breaker.open());
    EXPECT_TRUE(breaker.failed(true, start, {}));
    EXPECT_TRUE(breaker.open());
    EXPECT_FALSE(breaker.failed(true, start, {})) << "it is open already";
}

TEST_F(ACircuitBreaker, StaysClosedIfAnySucceeds) {
    for (int i = 0; i < 100; ++i) {
        fail(19);
        breaker.succeeded();
    }
    EXPECT_FALSE(breaker.open());
}

TEST_F(ACircuitBreaker, CountsNoRecordTwice) {
    fail(2);
    for (int i = 0; i < 100; ++i) breaker.failed(false, start + hours{1}, {});
    EXPECT_FALSE(breaker.open());
}

TEST_F(ACircuitBreaker, OpensWhenAFewFailForSomeSeconds) {
    fail(3);
    breaker.failed(false, start + milliseconds{2999}, {});
    EXPECT_FALSE(breaker.open());
    breaker.failed(false, start + seconds{3}, {});
    EXPECT_TRUE(breaker.open());
}

TEST_F(ACircuitBreaker, ProbesAtOnceAndThenAboutEachSecond) {
    fail(20);
    EXPECT_EQ(breaker.probe_at(), start);
    breaker.probed(start, 0);
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{800});
    breaker.probed(start, 0.5);
    EXPECT_EQ(breaker.probe_at(), start + seconds{1});
    fail(20);
    EXPECT_EQ(breaker.probe_at(), start + seconds{1}) << "what fails meanwhile changes nothing";
}

TEST_F(ACircuitBreaker, ProbesMoreOftenIfTheLongestBackoffIsShorter) {
    CircuitBreaker quick(milliseconds{200});
    for (int i = 0; i < 20; ++i) quick.failed(true, start, {});
    quick.probed(start, 0.5);
    EXPECT_EQ(quick.probe_at(), start + milliseconds{200});
}

TEST_F(ACircuitBreaker, ObeysRetryAfterUpToAnHour) {
    fail(20);
    breaker.failed(true, start, seconds{90});
    EXPECT_EQ(breaker.probe_at(), start + seconds{90});
    breaker.failed(true, start, hours{9000});
    EXPECT_EQ(breaker.probe_at(), start + hours{1});
}

TEST_F(ACircuitBreaker, StartsOverOnceClosed) {
    fail(20);
    breaker.succeeded();
    EXPECT_FALSE(breaker.open());
    fail(19);
    EXPECT_FALSE(breaker.open());
    fail(1);
    EXPECT_TRUE(breaker.open());
}

TEST_F(ACircuitBreaker, StaysOpenButProbesAtOnceWhenItIsReconfigured) {
    fail(20);
    breaker.probed(start, 0.5);
    breaker.reconfigure(milliseconds{500}, start + milliseconds{1});
    EXPECT_TRUE(breaker.open());
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{1});
    breaker.probed(start + milliseconds{1}, 0.5);
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{501});
}

}  // namespace
}  // namespace pintle::delivery
