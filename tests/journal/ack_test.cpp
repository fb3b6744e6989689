#include "fixture.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AckTest : public JournalTest {
protected:
    void append_many(int count, const std::string& text = "record") {
        WriteBatch many;
        for (int i = 0; i < count; ++i) many.records.push_back({stream_, text});
        ASSERT_FALSE(append(*journal_, std::move(many)));
    }

    void ack(std::initializer_list<Offset> acked) {
        for (const auto offset : acked) journal_->ack(stream_, offset);
    }

    void ack_range(Offset begin, Offset end) {
        for (auto offset = begin; offset < end; ++offset) journal_->ack(stream_, offset);
    }

    std::vector<Offset> pending() const { return offsets(journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX)); }
};

TEST_F(AckTest, AckedRecordsAreNotReadAgain) {
    append_many(6);
    ack({2, 3, 5});
    EXPECT_THAT(pending(), ElementsAre(1, 4, 6));
    EXPECT_EQ(journal_->first_pending(stream_), 1);
    EXPECT_EQ(journal_->pending(stream_), 3);
    ack({1});
    EXPECT_EQ(journal_->first_pending(stream_), 4);
}

TEST_F(AckTest, CountsTheAcksThatACrashWouldUndo) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c"}));
    EXPECT_EQ(journal_->unwritten_acks(stream_), 0);
    journal_->ack(stream_, 1);
    journal_->ack(stream_, 2);
    EXPECT_LE(journal_->unwritten_acks(stream_), 2);
    EXPECT_TRUE(eventually([&] { return journal_->unwritten_acks(stream_) == 0; }));
}

TEST_F(AckTest, FirstPendingIsOnePastTheLastIfAllAreAcked) {
    append_many(3);
    ack({3, 1, 2});
    EXPECT_EQ(journal_->first_pending(stream_), 4);
    EXPECT_EQ(journal_->pending(stream_), 0);
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(AckTest, AckingTwiceOrAnUnknownRecordChangesNothing) {
    append_many(2);
    ack({1, 1, 0, 3, 100});
    EXPECT_EQ(journal_->pending(stream_), 1);
    append_many(1);
    EXPECT_THAT(pending(), ElementsAre(2, 3));
}

TEST_F(AckTest, AcksAboveTheLowestPendingRecordSurviveARestart) {
    append_many(10);
    ack({1, 2, 5, 6, 9});
    reopen();
    EXPECT_THAT(pending(), ElementsAre(3, 4, 7, 8, 10));
    EXPECT_EQ(journal_->first_pending(stream_), 3);
    EXPECT_EQ(journal_->pending(stream_), 5);
}

TEST_F(AckTest, OffsetsContinueAfterARestartIfAllIsAckedAndDeleted) {
    append_many(5000);
    ack_range(1, 5001);
    reopen();
    EXPECT_EQ(journal_->last(stream_), 5000);
    append_many(1);
    EXPECT_THAT(pending(), ElementsAre(5001));
}

TEST_F(AckTest, OneStuckRecordStaysWhileThousandsBehindItAreDeleted) {
    append_many(10'000);
    ack_range(1, 3);
    ack_range(4, 9'991);
    reopen();
    EXPECT_THAT(pending(), ElementsAre(3, 9991, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999, 10000));
    ack({3});
    reopen();
    EXPECT_EQ(journal_->first_pending(stream_), 9991);
}

TEST_F(AckTest, ReadsPastManyAckedRecordsWithinItsLimit) {
    append_many(3000);
    for (Offset offset = 1; offset <= 3000; ++offset) {
        if (offset % 3 != 0) journal_->ack(stream_, offset);
    }
    EXPECT_THAT(offsets(journal_->read(stream_, 10, 3, SIZE_MAX)), ElementsAre(12, 15, 18));
    EXPECT_EQ(pending().size(), 1000);
}

TEST_F(AckTest, ConcurrentReadsAndAcksNeverCountAnAckedRecordAsLost) {
    append_many(20'000);
    std::thread ackr([&] { ack_range(1, 19'001); });
    std::size_t fewest = SIZE_MAX;
    while (fewest > 1000) {
        const auto records = pending();
        ASSERT_LE(records.size(), fewest);
        fewest = records.size();
        ASSERT_EQ(records.back(), 20'000);
    }
    ackr.join();
    EXPECT_EQ(journal_->pending(stream_), 1000);
}

class FullTest : public AckTest {
protected:
    FullTest() {
        options_.max_size = 24U << 20U;
        reopen();
    }

    static std::string incompressible(std::size_t size) {
        std::string text(size, '\0');
        std::uint32_t state = 1;
        for (auto& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24U);
        return text;
    }

    void fill() {
        const auto text = incompressible(100'000);
        ASSERT_TRUE(eventually([&] {
            if (!journal_->has_room()) return true;
            const auto error = append(*journal_, stream_, std::vector<std::string>(20, text));
            EXPECT_TRUE(!error || error == boost::system::errc::no_space_on_device);
            return false;
        }));
    }
};

TEST_F(FullTest, RejectsAppendsOverItsSizeWithoutWaiting) {
    fill();
    EXPECT_EQ(append(*journal_, stream_, {"more"}), boost::system::errc::no_space_on_device);
    EXPECT_GT(journal_->usage().bytes_on_disk, options_.max_size);
}

TEST_F(FullTest, ReclaimsTheSpaceOfAFewAckedRecords) {
    for (int round = 0; round < 3; ++round) {
        fill();
        ASSERT_LT(journal_->pending(stream_), 1000);
        ack_range(journal_->first_pending(stream_), journal_->last(stream_) + 1);
        ASSERT_TRUE(eventually([&] { return journal_->has_room(); }));
    }
}

TEST_F(FullTest, StaysFullAfterARestart) {
    fill();
    reopen();
    EXPECT_TRUE(eventually([&] { return !journal_->has_room(); }));
}

}  // namespace
}  // namespace pintle::journal
