#include "backlog.hpp"

#include <gtest/gtest.h>

#include "ingest/manual_journal.hpp"
#include "pintle/base/time.hpp"

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

TEST(OldestAge, OfAnEmptyBacklogIsZero) {
    EXPECT_EQ(oldest_age({}, start), 0);
}

TEST(OldestAge, IsThatOfTheFirstEvent) {
    const std::vector<journal::StoredRecord> all{stored(start), stored(start + std::chrono::seconds(5))};
    EXPECT_EQ(oldest_age(all, start + std::chrono::milliseconds(7500)), 7.5);
}

TEST(OldestAge, OfAReplayedEventBeginsWithItsReplay) {
    const auto replay = start + std::chrono::hours(48);
    EXPECT_EQ(oldest_age({stored(start, "{}", replay)}, replay + std::chrono::seconds(3)), 3);
}

TEST(OldestAge, IsNeverNegative) {
    EXPECT_EQ(oldest_age({stored(start)}, start - std::chrono::hours(1)), 0);
}

TEST(OldestAge, OfAnUnreadableRecordIsZero) {
    EXPECT_EQ(oldest_age({{1, "\x7fgarbage"}}, start), 0);
}

TEST(ReadOldestAge, OfAnEmptyBacklogIsZeroWhoeverOwnsTheStream) {
    pintle::testing::ManualJournal journal;
    for (const bool may_deliver : {true, false}) {
        journal.may_deliver = may_deliver;
        EXPECT_EQ(read_oldest_age(journal, 1, start), 0);
    }
}

TEST(ReadOldestAge, IsUnknownWhilePendingRecordsCannotBeRead) {
    pintle::testing::ManualJournal journal;
    journal.pending_records = 4;
    EXPECT_EQ(read_oldest_age(journal, 1, start), std::nullopt);
}

TEST(ReadOldestAge, IsUnknownWhileAnOwnerCannotWriteItsAcks) {
    pintle::testing::ManualJournal journal;
    journal.acks_not_written = 4;
    EXPECT_EQ(read_oldest_age(journal, 1, start), 0) << "the acks are written soon";
    journal.may_deliver = false;
    EXPECT_EQ(read_oldest_age(journal, 1, start), std::nullopt);
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
