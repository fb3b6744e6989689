#include "pintle/daemon/backlog.hpp"
#include "pintle/base/time.hpp"

#include <gtest/gtest.h>

namespace pintle::daemon {
namespace {

constexpr WallTime start{std::chrono::milliseconds{1'795'478'400'000}};

journal::StoredRecord stored(WallTime received, const std::string& event = "{}", WallTime replayed = {}) {
    journal::Record record;
    record.source = "web";
    record.destination = "customerio";
    record.received = received;
    record.event = event;
    record.replayed = replayed;
    journal::StoredRecord stored;
    journal::encode(record, stored.bytes);
    return stored;
}

TEST(Backlog, IsNothingWhereNothingWaits) {
    const auto backlog = measure_backlog({}, 0, start);
    EXPECT_EQ(backlog.bytes, 0U);
    EXPECT_EQ(backlog.oldest_age, 0);
}

TEST(Backlog, IsAsOldAsItsFirstEventAndAsLargeAsAll) {
    const std::vector<journal::StoredRecord> all{stored(start), stored(start + std::chrono::seconds(5), "{\"a\":1}")};
    const auto backlog = measure_backlog(all, 300, start + std::chrono::milliseconds(7500));
    EXPECT_EQ(backlog.bytes, 300U);
    EXPECT_EQ(backlog.oldest_age, 7.5);
}

TEST(Backlog, AReplayedEventWaitsSinceItsReplay) {
    const auto replay = start + std::chrono::hours(48);
    EXPECT_EQ(measure_backlog({stored(start, "{}", replay)}, 1, replay + std::chrono::seconds(3)).oldest_age, 3);
}

TEST(Backlog, IsNeverYoungerThanNow) {
    EXPECT_EQ(measure_backlog({stored(start)}, 1, start - std::chrono::hours(1)).oldest_age, 0);
}

TEST(Backlog, OfARecordThatCannotBeReadHasNoAge) {
    EXPECT_EQ(measure_backlog({{1, "\x7fgarbage"}}, 1, start).oldest_age, 0);
    EXPECT_EQ(measure_backlog({{1, "\x7fgarbage"}}, 8, start).bytes, 8U);
}

class ADrain : public testing::Test {
protected:
    // One sample a second.
    void add(std::initializer_list<std::uint64_t> backlogs) {
        for (const auto backlog : backlogs) estimator.add(backlog, now += std::chrono::seconds(1));
    }

    DrainEstimator estimator;
    DrainEstimator::TimePoint now;
};

TEST_F(ADrain, TakesAsLongAsTheBacklogAtTheRateByWhichItShrinks) {
    EXPECT_EQ(estimator.time_to_drain(), std::nullopt);
    add({100});
    EXPECT_EQ(estimator.time_to_drain(), std::nullopt) << "one sample is no rate";
    add({90, 80});
    EXPECT_EQ(estimator.time_to_drain(), 8);
}

TEST_F(ADrain, OfAnEmptyBacklogIsOver) {
    add({0});
    EXPECT_EQ(estimator.time_to_drain(), 0);
    add({5, 0});
    EXPECT_EQ(estimator.time_to_drain(), 0);
}

TEST_F(ADrain, OfABacklogThatDoesNotShrinkIsUnknown) {
    add({10, 10});
    EXPECT_EQ(estimator.time_to_drain(), std::nullopt);
    add({20});
    EXPECT_EQ(estimator.time_to_drain(), std::nullopt);
}

TEST_F(ADrain, ForgetsWhatIsOlderThanTheWindow) {
    add({1'000'000, 0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 99});
    EXPECT_EQ(estimator.time_to_drain(), 990);
}

config::Config with_destinations(std::size_t count) {
    config::Config config;
    config.max_size = 8000;
    config.destinations.resize(count);
    return config;
}

TEST(JournalShare, OfTheOnlyDestinationIsAllThereIs) {
    const auto config = with_destinations(1);
    EXPECT_EQ(journal_share(config, config.destinations[0]), 0U);
}

TEST(JournalShare, OfSeveralIsEqualAndLeavesAnEighth) {
    const auto config = with_destinations(7);
    for (const auto& destination : config.destinations) EXPECT_EQ(journal_share(config, destination), 1000U);
}

TEST(JournalShare, IsWhatTheDestinationSays) {
    auto config = with_destinations(2);
    config.destinations[0].max_journal_size = 7777;
    EXPECT_EQ(journal_share(config, config.destinations[0]), 7777U);
    EXPECT_EQ(journal_share(config, config.destinations[1]), 3500U);
}

}  // namespace
}  // namespace pintle::daemon
