#include "journal/fixture.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SettleTest : public JournalTest {
protected:
    void append_many(int count, const std::string& text = "record") {
        Append many;
        for (int i = 0; i < count; ++i) many.records.push_back({log_, text});
        ASSERT_FALSE(append(*journal_, std::move(many)));
    }

    void settle(std::initializer_list<Position> settled) {
        for (const auto position : settled) journal_->settle(log_, position);
    }

    void settle_range(Position begin, Position end) {
        for (auto position = begin; position < end; ++position) journal_->settle(log_, position);
    }

    std::vector<Position> unsettled() const { return positions(journal_->read(log_, 0, SIZE_MAX, SIZE_MAX)); }
};

TEST_F(SettleTest, SettledRecordsAreNotReadAgain) {
    append_many(6);
    settle({2, 3, 5});
    EXPECT_THAT(unsettled(), ElementsAre(1, 4, 6));
    EXPECT_EQ(journal_->first_unsettled(log_), 1);
    EXPECT_EQ(journal_->unsettled(log_), 3);
    settle({1});
    EXPECT_EQ(journal_->first_unsettled(log_), 4);
}

TEST_F(SettleTest, KnowsHowManyACrashWouldBringBack) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b", "c"}));
    EXPECT_EQ(journal_->unwritten(log_), 0);
    journal_->settle(log_, 1);
    journal_->settle(log_, 2);
    EXPECT_LE(journal_->unwritten(log_), 2);
    EXPECT_TRUE(eventually([&] { return journal_->unwritten(log_) == 0; }));
}

TEST_F(SettleTest, AllSettledMeansOnePastTheLast) {
    append_many(3);
    settle({3, 1, 2});
    EXPECT_EQ(journal_->first_unsettled(log_), 4);
    EXPECT_EQ(journal_->unsettled(log_), 0);
    EXPECT_THAT(unsettled(), IsEmpty());
}

TEST_F(SettleTest, SettlingTwiceOrWhatIsNotThereChangesNothing) {
    append_many(2);
    settle({1, 1, 0, 3, 100});
    EXPECT_EQ(journal_->unsettled(log_), 1);
    append_many(1);
    EXPECT_THAT(unsettled(), ElementsAre(2, 3));
}

TEST_F(SettleTest, SettledPositionsAboveTheLowestSurviveARestart) {
    append_many(10);
    settle({1, 2, 5, 6, 9});
    reopen();
    EXPECT_THAT(unsettled(), ElementsAre(3, 4, 7, 8, 10));
    EXPECT_EQ(journal_->first_unsettled(log_), 3);
    EXPECT_EQ(journal_->unsettled(log_), 5);
}

TEST_F(SettleTest, PositionsGoOnAfterARestartWhereAllWasSettledAndDeleted) {
    append_many(5000);
    settle_range(1, 5001);
    reopen();
    EXPECT_EQ(journal_->last(log_), 5000);
    append_many(1);
    EXPECT_THAT(unsettled(), ElementsAre(5001));
}

TEST_F(SettleTest, OneStuckRecordStaysWhileThousandsBehindItAreDeleted) {
    append_many(10'000);
    settle_range(1, 3);
    settle_range(4, 9'991);
    reopen();
    EXPECT_THAT(unsettled(), ElementsAre(3, 9991, 9992, 9993, 9994, 9995, 9996, 9997, 9998, 9999, 10000));
    settle({3});
    reopen();
    EXPECT_EQ(journal_->first_unsettled(log_), 9991);
}

TEST_F(SettleTest, ReadsPastManySettledRecordsWithinItsLimit) {
    append_many(3000);
    for (Position position = 1; position <= 3000; ++position) {
        if (position % 3 != 0) journal_->settle(log_, position);
    }
    EXPECT_THAT(positions(journal_->read(log_, 10, 3, SIZE_MAX)), ElementsAre(12, 15, 18));
    EXPECT_EQ(unsettled().size(), 1000);
}

TEST_F(SettleTest, ReadingAndSettlingAtTheSameTimeNeverTakesASettledRecordForALostOne) {
    append_many(20'000);
    std::thread settler([&] { settle_range(1, 19'001); });
    std::size_t fewest = SIZE_MAX;
    while (fewest > 1000) {
        const auto records = unsettled();
        ASSERT_LE(records.size(), fewest);
        fewest = records.size();
        ASSERT_EQ(records.back(), 20'000);
    }
    settler.join();
    EXPECT_EQ(journal_->unsettled(log_), 1000);
}

class FullTest : public SettleTest {
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
            const auto error = append(*journal_, log_, std::vector<std::string>(20, text));
            EXPECT_TRUE(!error || error == boost::system::errc::no_space_on_device);
            return false;
        }));
    }
};

TEST_F(FullTest, OverItsSizeItRefusesWithoutWaiting) {
    fill();
    EXPECT_EQ(append(*journal_, log_, {"more"}), boost::system::errc::no_space_on_device);
    EXPECT_GT(journal_->usage().bytes_on_disk, options_.max_size);
}

TEST_F(FullTest, TheRoomOfSettledRecordsComesBackFewAsTheyAre) {
    for (int round = 0; round < 3; ++round) {
        fill();
        ASSERT_LT(journal_->unsettled(log_), 1000);
        settle_range(journal_->first_unsettled(log_), journal_->last(log_) + 1);
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
