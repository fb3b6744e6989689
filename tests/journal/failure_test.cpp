#include <atomic>
#include <thread>

#include "journal/faulty_file_system.hpp"
#include "journal/fixture.hpp"
#include "journal/open.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
namespace errc = boost::system::errc;

// A journal on a disk that can be made to fail.
class FailureTest : public testing::Test {
protected:
    FailureTest() {
        options_.directory = scratch_.path("data");
        open();
    }

    void open() {
        journal_ = open_journal(options_, env_.get());
        log_ = journal_->open_log("customerio");
    }

    // The machine loses power and starts again.
    void crash(unsigned keep = 0, bool garble = false) {
        disk_->die();
        journal_.reset();
        disk_->restart(keep, garble);
        open();
    }

    bool recovers() {
        return eventually([&] { return journal_->has_room(); });
    }

    ScratchDirectory scratch_;
    std::shared_ptr<FaultyFileSystem> disk_ = std::make_shared<FaultyFileSystem>();
    std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(disk_);
    JournalOptions options_;
    std::unique_ptr<Journal> journal_;
    Log log_ = 0;
};

TEST_F(FailureTest, WhatWasAcknowledgedIsThereAfterAPowerCut) {
    for (int i = 0; i < 20; ++i) ASSERT_FALSE(append(*journal_, log_, {std::to_string(i)}));
    crash();
    EXPECT_THAT(all(*journal_, log_), SizeIs(20));
    EXPECT_FALSE(append(*journal_, log_, {"20"}));
    crash();
    EXPECT_THAT(all(*journal_, log_), SizeIs(21));
}

TEST_F(FailureTest, GarbageBehindTheLastSyncCostsNothingThatWasAcknowledged) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b"}));
    for (Position position = 1; position < 3; ++position) {
        // Settling alone is not synced: it leaves a tail that a power cut can turn into anything.
        const auto before = disk_->used();
        journal_->settle(log_, position);
        ASSERT_TRUE(eventually([&] { return disk_->used() != before; }));
    }
    crash(1000, true);
    EXPECT_EQ(journal_->last(log_), 2);
    EXPECT_FALSE(append(*journal_, log_, {"c"}));
    EXPECT_EQ(all(*journal_, log_).back(), "c");
}

TEST_F(FailureTest, ConcurrentAppendsShareASync) {
    const auto before = disk_->log_syncs.load();
    constexpr std::uint64_t appends = 2000;
    std::vector<Answer> answers;
    for (std::uint64_t i = 0; i < appends; ++i) {
        Append one;
        one.records = {{log_, "record"}};
        answers.push_back(start(*journal_, std::move(one)));
    }
    for (auto& answer : answers) ASSERT_FALSE(finish(std::move(answer)));
    const auto syncs = disk_->log_syncs - before;
    EXPECT_GE(syncs, 1);
    EXPECT_LT(syncs, appends);
}

TEST_F(FailureTest, EachAppendIsSyncedBeforeItIsAnswered) {
    for (int i = 0; i < 5; ++i) {
        const auto before = disk_->log_syncs.load();
        ASSERT_FALSE(append(*journal_, log_, {"record"}));
        EXPECT_GT(disk_->log_syncs, before);
    }
}

TEST_F(FailureTest, SettlingAloneIsWrittenButNotSynced) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b"}));
    const auto syncs = disk_->log_syncs.load();
    const auto before = disk_->used();
    journal_->settle(log_, 1);
    EXPECT_TRUE(eventually([&] { return disk_->used() > before; }));
    EXPECT_EQ(disk_->log_syncs, syncs);
}

TEST_F(FailureTest, APowerCutBringsBackAtMostAThousandOfTheSettledRecordsThatWereWritten) {
    constexpr Position records = 10'000;
    constexpr Position step = 500;  // settled at a time, and then at the latest with the step after it written
    ASSERT_FALSE(append(*journal_, log_, std::vector<std::string>(records, "record")));
    for (Position position = 1; position <= records; ++position) {
        const auto before = disk_->used();
        journal_->settle(log_, position);
        if (position % step != 0) continue;
        ASSERT_TRUE(eventually([&] { return disk_->used() > before; }));
    }
    crash();
    EXPECT_LE(journal_->unsettled(log_), 1'000 + 2 * step);
}

TEST_F(FailureTest, AFailedWriteIsAnErrorLeavesNothingVisibleAndIsRecoveredFrom) {
    ASSERT_FALSE(append(*journal_, log_, {"kept"}));
    disk_->fail_writes = true;
    EXPECT_EQ(append(*journal_, log_, {"lost"}), errc::io_error);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_EQ(append(*journal_, log_, {"lost too"}), errc::io_error);
    EXPECT_THAT(all(*journal_, log_), ElementsAre("kept"));

    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    EXPECT_FALSE(append(*journal_, log_, {"later"}));
    EXPECT_THAT(all(*journal_, log_), ElementsAre("kept", "later"));
    crash();
    EXPECT_THAT(all(*journal_, log_), ElementsAre("kept", "later"));
}

TEST_F(FailureTest, AFailedSyncIsAnErrorAndIsRecoveredFrom) {
    ASSERT_FALSE(append(*journal_, log_, {"kept"}));
    disk_->fail_syncs = true;
    EXPECT_EQ(append(*journal_, log_, {"unsure"}), errc::io_error);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_THAT(all(*journal_, log_), ElementsAre("kept"));
    disk_->fail_syncs = false;
    ASSERT_TRUE(recovers());
    EXPECT_FALSE(append(*journal_, log_, {"later"}));
    crash();
    const auto records = all(*journal_, log_);
    EXPECT_EQ(records.front(), "kept");
    EXPECT_EQ(records.back(), "later");
}

TEST_F(FailureTest, ARecordThatIsOnDiskThoughItsSyncFailedIsMadeVisibleLikeAnyOther) {
    std::vector<std::string> handed;
    journal_->subscribe(log_, [&](std::span<Stored> records) {
        for (auto& record : records) handed.push_back(record.bytes);
    });
    disk_->syncs_until_failure = 0;
    EXPECT_EQ(append(*journal_, log_, {"unsure"}), errc::io_error);
    ASSERT_TRUE(recovers());
    ASSERT_FALSE(append(*journal_, log_, {"later"}));
    const auto records = journal_->read(log_, 0, 10, 1000);
    EXPECT_THAT(texts(records), ElementsAre("unsure", "later"));
    EXPECT_THAT(positions(records), ElementsAre(1, 2));
    EXPECT_THAT(handed, ElementsAre("unsure", "later"));
    EXPECT_EQ(journal_->unsettled(log_), 2);
}

TEST_F(FailureTest, AFullDiskIsAnErrorAndAcceptsAgainWhenThereIsRoom) {
    ASSERT_FALSE(append(*journal_, log_, {"kept"}));
    disk_->capacity = disk_->used() + 1000;
    EXPECT_EQ(append(*journal_, log_, {std::string(5000, 'x')}), errc::no_space_on_device);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_THAT(all(*journal_, log_), ElementsAre("kept"));
    disk_->capacity = UINT64_MAX;
    ASSERT_TRUE(recovers());
    EXPECT_FALSE(append(*journal_, log_, {"later"}));
    EXPECT_THAT(all(*journal_, log_), ElementsAre("kept", "later"));
}

TEST_F(FailureTest, ReadingAndSettlingGoOnWhileTheDiskRefuses) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b", "c"}));
    disk_->fail_writes = true;
    ASSERT_TRUE(append(*journal_, log_, {"lost"}));
    journal_->settle(log_, 1);
    EXPECT_EQ(journal_->first_unsettled(log_), 2);
    EXPECT_EQ(journal_->unwritten(log_), 1);
    EXPECT_THAT(all(*journal_, log_), ElementsAre("b", "c"));
    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    EXPECT_TRUE(eventually([&] { return journal_->unwritten(log_) == 0; }));
    ASSERT_FALSE(append(*journal_, log_, {"d"}));
    journal_->close();
    open();
    EXPECT_THAT(all(*journal_, log_), ElementsAre("b", "c", "d"));
}

TEST_F(FailureTest, ADeadLetterThatTheDiskRefusedIsWrittenWhenItRecovers) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b"}));
    disk_->fail_writes = true;
    DeadLetter letter;
    letter.message = "rejected";
    journal_->dead_letter(log_, 1, letter);
    journal_->put("region", "eu");
    ASSERT_TRUE(eventually([&] { return !journal_->has_room(); }));
    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    ASSERT_TRUE(eventually([&] { return journal_->dead_letters(log_, 0, 10).size() == 1; }));
    crash();
    EXPECT_THAT(journal_->dead_letters(log_, 0, 10), SizeIs(1));
    EXPECT_EQ(journal_->get("region"), "eu");
    EXPECT_THAT(all(*journal_, log_), ElementsAre("b"));
}

TEST_F(FailureTest, APowerCutBringsBackWhatWasSettledAndNotYetWrittenButNothingElse) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b", "c"}));
    disk_->die();
    journal_->settle(log_, 1);
    journal_.reset();
    disk_->restart();
    open();
    EXPECT_THAT(all(*journal_, log_), ElementsAre("a", "b", "c"));
}

TEST_F(FailureTest, ADeadLettersRecordIsNeverGoneWithoutIt) {
    ASSERT_FALSE(append(*journal_, log_, {"a"}));
    for (int round = 0; round < 8; ++round) {
        DeadLetter letter;
        letter.message = "rejected";
        journal_->dead_letter(log_, journal_->last(log_), letter);
        if (round % 2 == 0) {
            ASSERT_FALSE(append(*journal_, Append{}));
        }
        crash();
        const auto letters = journal_->dead_letters(log_, 0, 1000).size();
        ASSERT_EQ(letters + journal_->unsettled(log_), journal_->last(log_));
        ASSERT_FALSE(append(*journal_, log_, {"next"}));
        ASSERT_EQ(journal_->last(log_), round + 2);
        if (journal_->unsettled(log_) == 2) journal_->dead_letter(log_, journal_->last(log_) - 1, letter);
    }
}

TEST_F(FailureTest, ALetterStaysWhereTheDiskRefusedItsReplay) {
    Append dead;
    dead.dead_letters.emplace_back(log_, DeadLetter{});
    ASSERT_FALSE(append(*journal_, std::move(dead)));
    const auto usage = journal_->letter_usage(log_);
    Append replay;
    replay.records = {{log_, "again"}};
    replay.removed = {{log_, 1}};
    disk_->fail_writes = true;
    EXPECT_EQ(append(*journal_, replay), errc::io_error);
    EXPECT_EQ(journal_->letter_usage(log_).count, 1);
    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    EXPECT_THAT(journal_->dead_letters(log_, 0, 10), SizeIs(1));
    EXPECT_EQ(journal_->letter_usage(log_).bytes, usage.bytes);

    ASSERT_FALSE(append(*journal_, std::move(replay)));
    crash();
    EXPECT_THAT(journal_->dead_letters(log_, 0, 10), SizeIs(0));
    EXPECT_EQ(journal_->letter_usage(log_).count, 0);
    EXPECT_EQ(journal_->letter_usage(log_).bytes, 0);
    EXPECT_THAT(all(*journal_, log_), ElementsAre("again"));
}

TEST_F(FailureTest, AReplayThatIsOnDiskThoughItsSyncFailedHasTakenItsLetter) {
    Append dead;
    dead.dead_letters.emplace_back(log_, DeadLetter{});
    ASSERT_FALSE(append(*journal_, std::move(dead)));
    Append replay;
    replay.records = {{log_, "again"}};
    replay.removed = {{log_, 1}};
    disk_->syncs_until_failure = 0;
    EXPECT_EQ(append(*journal_, std::move(replay)), errc::io_error);
    ASSERT_TRUE(recovers());
    EXPECT_THAT(all(*journal_, log_), ElementsAre("again"));
    EXPECT_THAT(journal_->dead_letters(log_, 0, 10), SizeIs(0));
    EXPECT_EQ(journal_->letter_usage(log_).count, 0);
}

TEST_F(FailureTest, NothingIsTakenWhileTooMuchWaitsForTheDisk) {
    // The commit thread is kept from the disk by a subscriber that waits.
    std::promise<void> go_on;
    auto released = go_on.get_future().share();
    journal_->subscribe(log_, [released](std::span<Stored>) { released.wait(); });
    std::vector<Answer> answers;
    const std::string large(1U << 20U, 'x');
    for (int i = 0; i < 100 && journal_->has_room(); ++i) {
        Append one;
        one.records = {{log_, large}};
        answers.push_back(start(*journal_, std::move(one)));
    }
    EXPECT_LT(answers.size(), 80);
    EXPECT_FALSE(journal_->has_room());
    Append one;
    one.records = {{log_, "one more"}};
    answers.push_back(start(*journal_, std::move(one)));
    go_on.set_value();
    EXPECT_EQ(finish(std::move(answers.back())), errc::no_buffer_space);
    answers.pop_back();
    for (auto& answer : answers) EXPECT_FALSE(finish(std::move(answer)));
    EXPECT_TRUE(journal_->has_room());
}

}  // namespace
}  // namespace pintle::journal
