#include "error_deduplicator.hpp"

#include <gtest/gtest.h>

namespace pintle::delivery {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr ErrorDeduplicator::TimePoint start{hours{1}};

TEST(ErrorDeduplicator, IsNewsTheFirstTimeOnlyHoweverLongItLasts) {
    ErrorDeduplicator errors;
    EXPECT_TRUE(errors.is_news("expired", start));
    EXPECT_FALSE(errors.is_news("expired", start));
    EXPECT_FALSE(errors.is_news("expired", start + hours{24}));
}

TEST(ErrorDeduplicator, IsNewsWhenItIsAnother) {
    ErrorDeduplicator errors;
    EXPECT_TRUE(errors.is_news("refused", start));
    EXPECT_TRUE(errors.is_news("expired", start));
    EXPECT_FALSE(errors.is_news("refused", start));
}

TEST(ErrorDeduplicator, IsNewsAgainOnceItWasOver) {
    ErrorDeduplicator errors;
    errors.is_news("refused", start);
    EXPECT_TRUE(errors.is_over(start + ErrorDeduplicator::quiet));
    EXPECT_TRUE(errors.is_news("refused", start + ErrorDeduplicator::quiet));
}

TEST(ErrorDeduplicator, IsNotOverWhileItComesAndGoes) {
    ErrorDeduplicator errors;
    errors.is_news("refused", start);
    for (auto now = start; now < start + hours{1}; now += seconds{30}) {
        EXPECT_FALSE(errors.is_over(now));
        EXPECT_FALSE(errors.is_news("refused", now));
    }
}

TEST(ErrorDeduplicator, IsOverOnceAllErrorsAre) {
    ErrorDeduplicator errors;
    EXPECT_FALSE(errors.is_over(start));
    errors.is_news("refused", start);
    errors.is_news("expired", start + seconds{30});
    EXPECT_FALSE(errors.is_over(start + ErrorDeduplicator::quiet));
    EXPECT_TRUE(errors.is_over(start + seconds{30} + ErrorDeduplicator::quiet));
    EXPECT_FALSE(errors.is_over(start + hours{1}));
}

TEST(ErrorDeduplicator, RemembersTheLatestErrors) {
    ErrorDeduplicator errors;
    for (int i = 0; i < 17; ++i) errors.is_news(std::to_string(i), start + seconds{i});
    EXPECT_FALSE(errors.is_news("16", start + hours{1}));
    EXPECT_FALSE(errors.is_news("1", start + hours{1}));
    EXPECT_TRUE(errors.is_news("0", start + hours{1}));
}

}  // namespace
}  // namespace pintle::delivery
