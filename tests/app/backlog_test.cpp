#include "app/backlog.hpp"

#include <gtest/gtest.h>

namespace pintle::app {
namespace {

constexpr WallTime start{std::chrono::milliseconds{1'795'478'400'000}};

journal::Stored stored(WallTime received, const std::string& event = "{}", WallTime replayed = {}) {
    record::Record record;
    record.source = "web";
    record.destination = "customerio";
    record.received = received;
    record.event = event;
    record.replayed = replayed;
    journal::Stored stored;
    record::encode(record, stored.bytes);
    return stored;
}

TEST(Backlog, IsNothingWhereNothingWaits) {
    const auto backlog = measure_backlog({}, 0, start);
    EXPECT_EQ(backlog.bytes, 0U);
    EXPECT_EQ(backlog.oldest, 0);
}

TEST(Backlog, IsAsOldAsItsFirstEventAndAsLargeAsAll) {
    const std::vector<journal::Stored> all{stored(start), stored(start + std::chrono::seconds(5), "{\"a\":1}")};
    const auto backlog = measure_backlog(all, 2, start + std::chrono::milliseconds(7500));
    EXPECT_EQ(backlog.bytes, all[0].bytes.size() + all[1].bytes.size());
    EXPECT_EQ(backlog.oldest, 7.5);
}

TEST(Backlog, IsReckonedFromItsOldestEventsWhereItIsLong) {
    const std::vector<journal::Stored> oldest(backlog_sample, stored(start));
    EXPECT_EQ(measure_backlog(oldest, 1'000'000, start).bytes, 1'000'000 * oldest[0].bytes.size());
}

TEST(Backlog, AReplayedEventWaitsSinceItsReplay) {
    const auto replay = start + std::chrono::hours(48);
    EXPECT_EQ(measure_backlog({stored(start, "{}", replay)}, 1, replay + std::chrono::seconds(3)).oldest, 3);
}

TEST(Backlog, IsNeverYoungerThanNow) {
    EXPECT_EQ(measure_backlog({stored(start)}, 1, start - std::chrono::hours(1)).oldest, 0);
}

TEST(Backlog, OfARecordThatCannotBeReadHasNoAge) {
    EXPECT_EQ(measure_backlog({{1, "\x7fgarbage"}}, 1, start).oldest, 0);
    EXPECT_EQ(measure_backlog({{1, "\x7fgarbage"}}, 1, start).bytes, 8U);
}

}  // namespace
}  // namespace pintle::app
