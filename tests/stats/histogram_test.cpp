#include "pintle/stats/histogram.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "pintle/stats/reason_counters.hpp"
#include "pintle/stats/sharded.hpp"

namespace pintle::stats {
namespace {

using namespace std::chrono_literals;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::Optional;
using testing::Pair;

constexpr Bounds bounds{1ms, 1s};

TEST(Histogram, CountsEachTimeInTheFirstBucketThatIsLongEnough) {
    Histogram histogram(bounds);
    for (const Time time : {Time{0}, Time{1ms}, Time{1ms + 1ns}, Time{1s}, Time{2s}}) histogram.add(time);
    const auto times = histogram.times();
    EXPECT_EQ(times.counts[0], 2U);
    EXPECT_EQ(times.counts[1], 2U);
    EXPECT_EQ(times.counts[2], 1U);
    EXPECT_EQ(times.sum, Time{3s + 2ms + 1ns});
}

TEST(Histogram, TakesATimeBelowZeroForNone) {
    Histogram histogram(bounds);
    histogram.add(-5s);
    EXPECT_EQ(histogram.times().counts[0], 1U);
    EXPECT_EQ(histogram.times().sum, Time{0});
}

TEST(Histogram, AddsUp) {
    Histogram one(bounds);
    Histogram other(bounds);
    one.add(1ms);
    other.add(2ms);
    HistogramSnapshot sum;
    sum += one.times();
    sum += other.times();
    EXPECT_EQ(sum.bounds, &bounds);
    EXPECT_EQ(sum.counts[0] + sum.counts[1], 2U);
    EXPECT_EQ(sum.sum, Time{3ms});
}

TEST(ReasonCounters, ShowWhatIsPossibleAndWhatHappened) {
    ReasonCounters counters;
    counters.add(Reason::too_old, 2);
    counters.add(Reason::invalid_json);
    const auto possible = set_of(std::array{Reason::duplicate, Reason::too_old});
    EXPECT_THAT(counters.counts(possible),
                ElementsAre(Pair(Reason::invalid_json, 1U), Pair(Reason::duplicate, 0U), Pair(Reason::too_old, 2U)));
    EXPECT_EQ(sum(counters.counts()), 3U);
}

TEST(Sharded, LosesNoCountOfThreadsThatShareAPlace) {
    Sharded<Counter> counters([] { return std::make_unique<Counter>(); });
    std::vector<std::thread> threads;
    for (int i = 0; i < 40; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) counters.mine().add();
        });
    }
    for (auto& thread : threads) thread.join();
    std::uint64_t total = 0;
    counters.each([&](const Counter& counter) { total += counter.value(); });
    EXPECT_EQ(total, 40'000U);
}

HistogramSnapshot snapshot(std::initializer_list<std::uint64_t> counts) {
    HistogramSnapshot snapshot;
    snapshot.bounds = &bounds;
    std::ranges::copy(counts, snapshot.counts.begin());
    return snapshot;
}

TEST(Quantile, IsInterpolatedWithinItsBucket) {
    EXPECT_THAT(quantile(snapshot({}), snapshot({0, 10}), 0.5), Optional(DoubleEq(0.5005)));
    EXPECT_THAT(quantile(snapshot({}), snapshot({10, 10}), 0.5), Optional(DoubleEq(0.001)));
    EXPECT_THAT(quantile(snapshot({}), snapshot({10, 0}), 0.25), Optional(DoubleEq(0.00025)));
}

TEST(Quantile, IsNeverBeyondTheLastBound) {
    EXPECT_THAT(quantile(snapshot({}), snapshot({0, 0, 10}), 0.5), Optional(DoubleEq(1)));
}

TEST(Quantile, CountsOnlyWhatWasAddedBetweenTheSnapshots) {
    EXPECT_THAT(quantile(snapshot({1000, 0}), snapshot({1000, 10}), 0.5), Optional(DoubleEq(0.5005)));
    EXPECT_EQ(quantile(snapshot({7, 7}), snapshot({7, 7}), 0.5), std::nullopt);
    EXPECT_EQ(quantile({}, {}, 0.5), std::nullopt);
}

}  // namespace
}  // namespace pintle::stats
