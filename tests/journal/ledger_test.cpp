#include <numeric>
#include <ostream>

#include "fixture.hpp"
#include "rocksdb/state.hpp"
#include "varint.hpp"

namespace pintle::journal {

// So that tests can compare ledgers, and say how they differ.
bool operator==(const Ledger& a, const Ledger& b) {
    return a.accepted == b.accepted && a.replayed == b.replayed && a.delivered == b.delivered &&
           a.backlog == b.backlog && a.lost == b.lost && a.dead_lettered == b.dead_lettered &&
           a.retained == b.retained && a.replayed_out == b.replayed_out && a.purged == b.purged &&
           a.evicted == b.evicted;
}

void PrintTo(const Ledger& ledger, std::ostream* out) {
    *out << "accepted " << ledger.accepted << " replayed " << ledger.replayed << " delivered " << ledger.delivered
         << " backlog " << ledger.backlog << " lost " << ledger.lost << " dead_lettered " << ledger.dead_lettered
         << " retained " << ledger.retained << " replayed_out " << ledger.replayed_out << " purged " << ledger.purged
         << " evicted " << ledger.evicted;
}

namespace {

class LedgerTest : public JournalTest {
protected:
    void append_letters(int count, std::size_t size = 10) {
        for (int i = 0; i < count; ++i) {
            WriteBatch one;
            one.dead_letters.emplace_back(stream_).letter.event.assign(size, 'e');
            ASSERT_FALSE(append(*journal_, std::move(one)));
        }
    }

    void expect(const Ledger& expected) {
        EXPECT_EQ(journal_->ledger(stream_), expected);
        reopen();
        EXPECT_EQ(journal_->ledger(stream_), expected) << "after a restart";
        EXPECT_EQ(expected.total(), expected.resolved() + expected.backlog);
        EXPECT_EQ(expected.dead_lettered,
                  expected.retained + expected.replayed_out + expected.purged + expected.evicted);
    }
};

TEST_F(LedgerTest, IsEmptyAtFirst) {
    expect({});
}

TEST_F(LedgerTest, CountsPendingDeliveredAndDeadLetteredEvents) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c", "d"}));
    journal_->ack(stream_, 1);
    journal_->ack(stream_, 3);
    journal_->dead_letter(stream_, 2, {});
    expect({.accepted = 4, .delivered = 2, .backlog = 1, .dead_lettered = 1, .retained = 1});
}

TEST_F(LedgerTest, CountsALetterBeforeItIsOnDisk) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    journal_->dead_letter(stream_, 1, {});
    const auto ledger = journal_->ledger(stream_);  // the commit comes later, or has just come
    EXPECT_EQ(ledger, (Ledger{.accepted = 1, .dead_lettered = 1, .retained = 1}));
}

TEST_F(LedgerTest, CountsNothingTwice) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    for (int i = 0; i < 3; ++i) {
        journal_->ack(stream_, 1);
        journal_->dead_letter(stream_, 1, {});
        journal_->dead_letter(stream_, 2, {});
        journal_->ack(stream_, 2);
        journal_->ack(stream_, 99);
    }
    expect({.accepted = 2, .delivered = 1, .dead_lettered = 1, .retained = 1});
}

TEST_F(LedgerTest, CountsEventsThatArriveAsDeadLetters) {
    append_letters(2);
    expect({.accepted = 2, .dead_lettered = 2, .retained = 2});
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    journal_->dead_letter(stream_, 1, {});
    expect({.accepted = 3, .dead_lettered = 3, .retained = 3});
}

TEST_F(LedgerTest, FollowsAReplayToItsEnd) {
    append_letters(3);
    WriteBatch replay;
    replay.records = {{stream_, "again"}, {stream_, "and again"}};
    replay.removed = {{stream_, 1}, {stream_, 2}};
    ASSERT_FALSE(append(*journal_, std::move(replay)));
    expect({.accepted = 3, .replayed = 2, .backlog = 2, .dead_lettered = 3, .retained = 1, .replayed_out = 2});
    journal_->ack(stream_, 1);
    journal_->dead_letter(stream_, 2, {});
    expect({.accepted = 3, .replayed = 2, .delivered = 1, .dead_lettered = 4, .retained = 2, .replayed_out = 2});
}

TEST_F(LedgerTest, CountsAPurgedLetterOnce) {
    append_letters(3);
    WriteBatch purge;
    purge.removed = {{stream_, 1}, {stream_, 1}, {stream_, 77}};
    ASSERT_FALSE(append(*journal_, std::move(purge)));
    expect({.accepted = 3, .dead_lettered = 3, .retained = 2, .purged = 1});
}

TEST_F(LedgerTest, CountsReplaysOfADeletedLetterAsEvents) {
    append_letters(1);
    for (int i = 0; i < 2; ++i) {
        WriteBatch replay;
        replay.records = {{stream_, "again"}};
        replay.removed = {{stream_, 1}};
        ASSERT_FALSE(append(*journal_, std::move(replay)));
    }
    expect({.accepted = 1, .replayed = 2, .backlog = 2, .dead_lettered = 1, .replayed_out = 1});
}

TEST_F(LedgerTest, CountsEvictedLetters) {
    options_.max_dead_letters = 10'000;
    reopen();
    append_letters(50, 1000);
    const auto kept = journal_->dead_letter_usage(stream_).count;
    ASSERT_LT(kept, 50U);
    expect({.accepted = 50, .dead_lettered = 50, .retained = kept, .evicted = 50 - kept});
}

TEST_F(LedgerTest, IsPerStream) {
    const auto other = journal_->create_or_open_stream("other");
    ASSERT_FALSE(append(*journal_, other, {"a"}));
    append_letters(1);
    EXPECT_EQ(journal_->ledger(other), (Ledger{.accepted = 1, .backlog = 1}));
    expect({.accepted = 1, .dead_lettered = 1, .retained = 1});
}

TEST_F(LedgerTest, TimesDurableCommits) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    const auto count = [&] {
        const auto times = journal_->usage().commits;
        return std::accumulate(times.counts.begin(), times.counts.end(), std::uint64_t{0});
    };
    EXPECT_EQ(count(), 1U);
    journal_->ack(stream_, 1);
    ASSERT_TRUE(eventually([&] { return journal_->unwritten_acks(stream_) == 0; }));
    EXPECT_EQ(count(), 1U) << "nobody waits for what is acked";
    EXPECT_GT(journal_->usage().commits.sum.count(), 0);
}

TEST(DeadLetterTotals, ReadThoseOfAnOlderVersion) {
    std::string bytes;
    for (const std::uint64_t number : {3U, 9U, 5U, 700U}) put_varint(bytes, number);
    const auto totals = DeadLetterTotals::decode(bytes);
    ASSERT_TRUE(totals);
    EXPECT_EQ(*totals, (DeadLetterTotals{.first = 3, .next = 9, .count = 5, .bytes = 700, .accounted_from = 9}));
    EXPECT_EQ(DeadLetterTotals::decode(totals->encode()), totals);
    EXPECT_FALSE(DeadLetterTotals::decode(bytes + '\x01'));
}

}  // namespace
}  // namespace pintle::journal
