#include "pintle/delivery/backoff.hpp"

#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace pintle::delivery {
namespace {

constexpr double nearly_one = 0.999999;
const Backoff backoff{seconds{1}, minutes{5}};

TEST(Backoff, DoublesItsLimitWithEachFailure) {
    EXPECT_EQ(backoff.wait(1, 0.5, {}), milliseconds{500});
    EXPECT_EQ(backoff.wait(2, 0.5, {}), seconds{1});
    EXPECT_EQ(backoff.wait(5, 0.5, {}), seconds{8});
}

TEST(Backoff, IsUniformFromZeroOn) {
    EXPECT_EQ(backoff.wait(4, 0, {}), seconds{0});
    EXPECT_EQ(backoff.wait(4, 0.25, {}), seconds{2});
    EXPECT_NEAR(static_cast<double>(backoff.wait(4, nearly_one, {}).count()), 8000, 1);
}

TEST(Backoff, NeverGoesOverItsMaximum) {
    EXPECT_LE(backoff.wait(20, nearly_one, {}), minutes{5});
    EXPECT_LE(backoff.wait(UINT32_MAX, nearly_one, {}), minutes{5});
    EXPECT_EQ(backoff.wait(UINT32_MAX, 0.5, {}), milliseconds{150'000});
}

TEST(Backoff, ObeysRetryAfter) {
    EXPECT_EQ(backoff.wait(1, 0.5, seconds{30}), seconds{30});
    EXPECT_EQ(backoff.wait(7, 0.5, seconds{30}), seconds{32});
    EXPECT_EQ(backoff.wait(1, 0.5, minutes{10}), minutes{10});
}

TEST(Backoff, CutsALongRetryAfter) {
    EXPECT_EQ(backoff.wait(1, 0.5, hours{24 * 365}), hours{1});
}

}  // namespace
}  // namespace pintle::delivery
