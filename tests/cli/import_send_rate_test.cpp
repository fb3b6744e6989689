#include "import/send_rate.hpp"

#include <gmock/gmock.h>

#include "import/progress_estimator.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

constexpr SendRate::Time start{1h};

TEST(SendRate, WithoutARateEverythingGoesAtOnce) {
    SendRate send_rate(0);
    send_rate.sent(500);
    EXPECT_EQ(send_rate.next(start), start);
    EXPECT_EQ(send_rate.max_at_once(500), 500);
}

TEST(SendRate, EventsTakeTheirTime) {
    SendRate send_rate(100);
    EXPECT_EQ(send_rate.next(start), start);
    send_rate.sent(50);
    EXPECT_EQ(send_rate.next(start), start + 500ms);
    EXPECT_EQ(send_rate.next(start + 500ms), start + 500ms);
    send_rate.sent(50);
    EXPECT_EQ(send_rate.next(start + 500ms), start + 1s);
}

TEST(SendRate, UnusedTimeDoesNotAccumulate) {
    SendRate send_rate(100);
    send_rate.sent(50);
    EXPECT_EQ(send_rate.next(start + 1h), start + 1h);
    send_rate.sent(50);
    EXPECT_EQ(send_rate.next(start + 1h), start + 1h + 500ms);
}

TEST(SendRate, ASlowOneComesInSmallPortions) {
    EXPECT_EQ(SendRate(100).max_at_once(500), 50);
    EXPECT_EQ(SendRate(0.5).max_at_once(500), 1);
    EXPECT_EQ(SendRate(1e9).max_at_once(500), 500);
}

TEST(ProgressEstimator, SaysHowFastItGoesAndWhatIsLeft) {
    ProgressEstimator estimator(10'000, 0, 0, start);
    estimator.at(2'500, 250, start + 1s);
    EXPECT_EQ(estimator.text(0, start + 1s), "25 %  250 events  250/s  3.0 s left");
    EXPECT_EQ(estimator.text(60, start + 1s), "[#####----------------]  25 %  250 events  250/s  3.0 s left");
    estimator.at(10'000, 1'000, start + 2s);
    EXPECT_EQ(estimator.text(0, start + 2s), "100 %  1,000 events  500/s");
}

TEST(ProgressEstimator, CountsOnlyTheLatestSeconds) {
    ProgressEstimator estimator(1'000'000, 0, 0, start);
    estimator.at(1'000, 100'000, start + 1s);
    estimator.at(2'000, 100'100, start + 100s);
    estimator.at(3'000, 100'200, start + 110s);
    EXPECT_THAT(estimator.text(0, start + 110s), testing::HasSubstr("100,200 events  10/s"));
}

TEST(ProgressEstimator, BeginsWhereItIsTakenUp) {
    ProgressEstimator estimator(10'000, 5'000, 500, start);
    EXPECT_EQ(estimator.text(0, start), "50 %  500 events  0/s");
    estimator.at(7'500, 750, start + 1s);
    EXPECT_EQ(estimator.text(0, start + 1s), "75 %  750 events  250/s  1.0 s left");
}

TEST(ProgressEstimator, OfAPipeHasNoEnd) {
    ProgressEstimator estimator(std::nullopt, 0, 0, start);
    estimator.at(2'500, 250, start + 1s);
    EXPECT_EQ(estimator.text(100, start + 1s), "250 events  250/s");
}

}  // namespace
}  // namespace pintle::cli::importer
