#include "http/budget.hpp"

#include <gtest/gtest.h>

namespace pintle::http {
namespace {

constexpr std::size_t budget = 10 * Share::free;

TEST(Budget, IsSharedByAll) {
    std::atomic<std::size_t> held{0};
    Share one(held, budget);
    Share other(held, budget);
    EXPECT_TRUE(one.hold(6 * Share::free));
    EXPECT_TRUE(other.hold(4 * Share::free));
    EXPECT_FALSE(other.hold(4 * Share::free + 1));
}

TEST(Budget, LeavesRoomForSmallRequestsWhenItIsUsedUp) {
    std::atomic<std::size_t> held{0};
    Share greedy(held, budget);
    EXPECT_FALSE(greedy.hold(2 * budget));
    Share modest(held, budget);
    EXPECT_TRUE(modest.hold(Share::free));
    EXPECT_FALSE(modest.hold(Share::free + 1));
}

TEST(Budget, GetsBackWhatIsNoLongerHeld) {
    std::atomic<std::size_t> held{0};
    {
        Share gone(held, budget);
        gone.hold(budget);
        Share stays(held, budget);
        stays.hold(budget);
        stays.hold(0);
        EXPECT_EQ(held, budget);
    }
    EXPECT_EQ(held, 0U);
}

}  // namespace
}  // namespace pintle::http
