#include "app/trouble.hpp"

#include <gtest/gtest.h>

namespace pintle::app {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Trouble::TimePoint start{hours{1}};

TEST(Trouble, IsNewsTheFirstTimeOnlyHoweverLongItLasts) {
    Trouble trouble;
    EXPECT_TRUE(trouble.is_news("expired", start));
    EXPECT_FALSE(trouble.is_news("expired", start));
    EXPECT_FALSE(trouble.is_news("expired", start + hours{24}));
}

TEST(Trouble, IsNewsWhenItIsAnother) {
    Trouble trouble;
    EXPECT_TRUE(trouble.is_news("refused", start));
    EXPECT_TRUE(trouble.is_news("expired", start));
    EXPECT_FALSE(trouble.is_news("refused", start));
}

TEST(Trouble, IsNewsAgainOnceItWasOver) {
    Trouble trouble;
    trouble.is_news("refused", start);
    EXPECT_TRUE(trouble.is_over(start + Trouble::quiet));
    EXPECT_TRUE(trouble.is_news("refused", start + Trouble::quiet));
}

TEST(Trouble, IsNotOverWhileItComesAndGoes) {
    Trouble trouble;
    trouble.is_news("refused", start);
    for (auto now = start; now < start + hours{1}; now += seconds{30}) {
        EXPECT_FALSE(trouble.is_over(now));
        EXPECT_FALSE(trouble.is_news("refused", now));
    }
}

TEST(Trouble, IsOverOnceWithAllOfIt) {
    Trouble trouble;
    EXPECT_FALSE(trouble.is_over(start));
    trouble.is_news("refused", start);
    trouble.is_news("expired", start + seconds{30});
    EXPECT_FALSE(trouble.is_over(start + Trouble::quiet));
    EXPECT_TRUE(trouble.is_over(start + seconds{30} + Trouble::quiet));
    EXPECT_FALSE(trouble.is_over(start + hours{1}));
}

TEST(Trouble, RemembersAFewLatestFaults) {
    Trouble trouble;
    for (int i = 0; i < 17; ++i) trouble.is_news(std::to_string(i), start + seconds{i});
    EXPECT_FALSE(trouble.is_news("16", start + hours{1}));
    EXPECT_FALSE(trouble.is_news("1", start + hours{1}));
    EXPECT_TRUE(trouble.is_news("0", start + hours{1}));
}

}  // namespace
}  // namespace pintle::app
