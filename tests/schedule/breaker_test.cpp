#include "schedule/breaker.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::schedule {
namespace {

class ABreaker : public testing::Test {
protected:
    void fail(int times) {
        for (int i = 0; i < times; ++i) breaker.failed(start, 0.5, {});
    }
    void succeed(int times) {
        for (int i = 0; i < times; ++i) breaker.succeeded();
    }

    Breaker breaker{Backoff{seconds{1}, minutes{5}}};
};

TEST_F(ABreaker, StaysClosedWhenHalfOfTheLatestTwentyFailed) {
    fail(10);
    succeed(10);
    EXPECT_FALSE(breaker.open());
}

TEST_F(ABreaker, OpensWhenMoreThanHalfFailed) {
    succeed(9);
    fail(10);
    EXPECT_FALSE(breaker.open());
    fail(1);
    EXPECT_TRUE(breaker.open());
}

TEST_F(ABreaker, ForgetsWhatIsLongAgo) {
    fail(10);
    succeed(20);
    fail(10);
    EXPECT_FALSE(breaker.open());
}

TEST_F(ABreaker, ProbesWithABackOffOfItsOwn) {
    fail(11);
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{500});
    breaker.probe_failed(start + seconds{1}, 0.5, {});
    EXPECT_EQ(breaker.probe_at(), start + seconds{2});
    breaker.probe_failed(start + seconds{2}, 0.5, {});
    EXPECT_EQ(breaker.probe_at(), start + seconds{4});
}

TEST_F(ABreaker, WaitsAsLongAsTheDestinationAsks) {
    fail(11);
    breaker.probe_failed(start, 0.5, seconds{90});
    EXPECT_EQ(breaker.probe_at(), start + seconds{90});
}

TEST_F(ABreaker, DoesNotCountWhatWasSentBeforeItOpened) {
    fail(11);
    fail(20);
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{500});
}

TEST_F(ABreaker, BeginsAnewOnceClosed) {
    fail(11);
    breaker.close();
    EXPECT_FALSE(breaker.open());
    fail(10);
    EXPECT_FALSE(breaker.open());
    fail(1);
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{500});
}

TEST_F(ABreaker, StaysOpenButProbesAtOnceWhenItIsReconfigured) {
    fail(11);
    breaker.reconfigure(Backoff{seconds{10}, minutes{5}}, start + milliseconds{1});
    EXPECT_TRUE(breaker.open());
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{1});
    breaker.probe_failed(start + milliseconds{1}, 0.5, {});
    EXPECT_EQ(breaker.probe_at(), start + milliseconds{1} + seconds{10});
}

}  // namespace
}  // namespace pintle::schedule
