#include "error_deduplicator.hpp"

#include <gtest/gtest.h>

namespace pintle::delivery {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr ErrorDeduplicator::TimePoint start{hours{1}};

TEST(ErrorDeduplicator, IsNewsTheFirstTimeOnlyHoweverLongItLasts) {
    ErrorDeduplicator trouble;
    EXPECT_TRUE(trouble.is_news("expired", start));
    EXPECT_FALSE(trouble.is_news("expired", start));
    EXPECT_FALSE(trouble.is_news("expired", start + hours{24}));
}

TEST(ErrorDeduplicator, IsNewsWhenItIsAnother) {
    ErrorDeduplicator trouble;
    EXPECT_TRUE(trouble.is_news("refused", start));
    EXPECT_TRUE(trouble.is_news("expired", start));
    EXPECT_FALSE(trouble.is_news("refused", start));
}

TEST(ErrorDeduplicator, IsNewsAgainOnceItWasOver) {
    ErrorDeduplicator trouble;
    trouble.is_news("refused", start);
    EXPECT_TRUE(trouble.is_over(start + ErrorDeduplicator::quiet));
    EXPECT_TRUE(trouble.is_news("refused", start + ErrorDeduplicator::quiet));
}

TEST(ErrorDeduplicator, IsNotOverWhileItComesAndGoes) {
    ErrorDeduplicator trouble;
    trouble.is_news("refused", start);
    for (auto now = start; now < start + hours{1}; now += seconds{30}) {
        EXPECT_FALSE(trouble.is_over(now));
        EXPECT_FALSE(trouble.is_news("refused", now));
    }
}

TEST(ErrorDeduplicator, IsOverOnceWithAllOfIt) {
    ErrorDeduplicator trouble;
    EXPECT_FALSE(trouble.is_over(start));
    trouble.is_news("refused", start);
    trouble.is_news("expired", start + seconds{30});
    EXPECT_FALSE(trouble.is_over(start + ErrorDeduplicator::quiet));
    EXPECT_TRUE(trouble.is_over(start + seconds{30} + ErrorDeduplicator::quiet));
    EXPECT_FALSE(trouble.is_over(start + hours{1}));
}

TEST(ErrorDeduplicator, RemembersAFewLatestFaults) {
    ErrorDeduplicator trouble;
    for (int i = 0; i < 17; ++i) trouble.is_news(std::to_string(i), start + seconds{i});
    EXPECT_FALSE(trouble.is_news("16", start + hours{1}));
    EXPECT_FALSE(trouble.is_news("1", start + hours{1}));
    EXPECT_TRUE(trouble.is_news("0", start + hours{1}));
}

}  // namespace
}  // namespace pintle::delivery
