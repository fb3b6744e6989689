#include <atomic>
#include <thread>

#include "faulty_file_system.hpp"
#include "fixture.hpp"
#include "rocksdb/open.hpp"

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
        stream_ = journal_->create_or_open_stream("customerio");
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
    Stream stream_ = 0;
};

TEST_F(FailureTest, WhatWasAcknowledgedIsThereAfterAPowerCut) {
    for (int i = 0; i < 20; ++i) ASSERT_FALSE(append(*journal_, stream_, {std::to_string(i)}));
    crash();
    EXPECT_THAT(all(*journal_, stream_), SizeIs(20));
    EXPECT_FALSE(append(*journal_, stream_, {"20"}));
    crash();
    EXPECT_THAT(all(*journal_, stream_), SizeIs(21));
}

TEST_F(FailureTest, GarbageBehindTheLastSyncLosesNothingThatWasConfirmed) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    for (Offset offset = 1; offset < 3; ++offset) {
        // Settling alone is not synced: it leaves a tail that a power cut can turn into anything.
        const auto before = disk_->used();
        journal_->ack(stream_, offset);
        ASSERT_TRUE(eventually([&] { return disk_->used() != before; }));
    }
    crash(1000, true);
    EXPECT_EQ(journal_->last(stream_), 2);
    EXPECT_FALSE(append(*journal_, stream_, {"c"}));
    EXPECT_EQ(all(*journal_, stream_).back(), "c");
}

TEST_F(FailureTest, ConcurrentAppendsShareASync) {
    const auto before = disk_->log_syncs.load();
    constexpr std::uint64_t appends = 2000;
    std::vector<Answer> answers;
    for (std::uint64_t i = 0; i < appends; ++i) {
        WriteBatch one;
        one.records = {{stream_, "record"}};
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
        ASSERT_FALSE(append(*journal_, stream_, {"record"}));
        EXPECT_GT(disk_->log_syncs, before);
    }
}

TEST_F(FailureTest, AcksAloneAreWrittenButNotSynced) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    const auto syncs = disk_->log_syncs.load();
    const auto before = disk_->used();
    journal_->ack(stream_, 1);
    EXPECT_TRUE(eventually([&] { return disk_->used() > before; }));
    EXPECT_EQ(disk_->log_syncs, syncs);
}

TEST_F(FailureTest, APowerCutUndoesAtMostAThousandWrittenAcks) {
    constexpr Offset records = 10'000;
    constexpr Offset step = 500;  // acked at a time, and then at the latest with the step after it written
    ASSERT_FALSE(append(*journal_, stream_, std::vector<std::string>(records, "record")));
    for (Offset offset = 1; offset <= records; ++offset) {
        const auto before = disk_->used();
        journal_->ack(stream_, offset);
        if (offset % step != 0) continue;
        ASSERT_TRUE(eventually([&] { return disk_->used() > before; }));
    }
    crash();
    EXPECT_LE(journal_->pending(stream_), 1'000 + 2 * step);
}

TEST_F(FailureTest, AFailedWriteIsAnErrorLeavesNothingVisibleAndIsRecoveredFrom) {
    ASSERT_FALSE(append(*journal_, stream_, {"kept"}));
    disk_->fail_writes = true;
    EXPECT_EQ(append(*journal_, stream_, {"lost"}), errc::io_error);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_EQ(append(*journal_, stream_, {"lost too"}), errc::io_error);
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("kept"));

    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    EXPECT_FALSE(append(*journal_, stream_, {"later"}));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("kept", "later"));
    crash();
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("kept", "later"));
}

TEST_F(FailureTest, AFailedSyncIsAnErrorAndIsRecoveredFrom) {
    ASSERT_FALSE(append(*journal_, stream_, {"kept"}));
    disk_->fail_syncs = true;
    EXPECT_EQ(append(*journal_, stream_, {"unsure"}), errc::io_error);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("kept"));
    disk_->fail_syncs = false;
    ASSERT_TRUE(recovers());
    EXPECT_FALSE(append(*journal_, stream_, {"later"}));
    crash();
    const auto records = all(*journal_, stream_);
    EXPECT_EQ(records.front(), "kept");
    EXPECT_EQ(records.back(), "later");
}

TEST_F(FailureTest, ARecordThatIsOnDiskThoughItsSyncFailedIsMadeVisibleLikeAnyOther) {
    std::vector<std::string> handed;
    journal_->subscribe(stream_, [&](std::span<StoredRecord> records) {
        for (auto& record : records) handed.push_back(record.bytes);
    });
    disk_->syncs_until_failure = 0;
    EXPECT_EQ(append(*journal_, stream_, {"unsure"}), errc::io_error);
    ASSERT_TRUE(recovers());
    ASSERT_FALSE(append(*journal_, stream_, {"later"}));
    const auto records = journal_->read(stream_, 0, 10, 1000);
    EXPECT_THAT(texts(records), ElementsAre("unsure", "later"));
    EXPECT_THAT(offsets(records), ElementsAre(1, 2));
    EXPECT_THAT(handed, ElementsAre("unsure", "later"));
    EXPECT_EQ(journal_->pending(stream_), 2);
}

TEST_F(FailureTest, AFullDiskIsAnErrorAndAcceptsAgainWhenThereIsRoom) {
    ASSERT_FALSE(append(*journal_, stream_, {"kept"}));
    disk_->capacity = disk_->used() + 1000;
    EXPECT_EQ(append(*journal_, stream_, {std::string(5000, 'x')}), errc::no_space_on_device);
    EXPECT_FALSE(journal_->has_room());
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("kept"));
    disk_->capacity = UINT64_MAX;
    ASSERT_TRUE(recovers());
    EXPECT_FALSE(append(*journal_, stream_, {"later"}));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("kept", "later"));
}

TEST_F(FailureTest, ReadsAndAcksWorkWhileTheDiskFails) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c"}));
    disk_->fail_writes = true;
    ASSERT_TRUE(append(*journal_, stream_, {"lost"}));
    journal_->ack(stream_, 1);
    EXPECT_EQ(journal_->first_pending(stream_), 2);
    EXPECT_EQ(journal_->unwritten_acks(stream_), 1);
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("b", "c"));
    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    EXPECT_TRUE(eventually([&] { return journal_->unwritten_acks(stream_) == 0; }));
    ASSERT_FALSE(append(*journal_, stream_, {"d"}));
    journal_->close();
    open();
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("b", "c", "d"));
}

TEST_F(FailureTest, ADeadLetterIsWrittenWhenTheDiskRecovers) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    disk_->fail_writes = true;
    DeadLetter letter;
    letter.message = "rejected";
    journal_->dead_letter(stream_, 1, letter);
    journal_->set_metadata("region", "eu");
    ASSERT_TRUE(eventually([&] { return !journal_->has_room(); }));
    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    ASSERT_TRUE(eventually([&] { return journal_->dead_letters(stream_, 0, 10).size() == 1; }));
    crash();
    EXPECT_THAT(journal_->dead_letters(stream_, 0, 10), SizeIs(1));
    EXPECT_EQ(journal_->metadata("region"), "eu");
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("b"));
}

TEST_F(FailureTest, APowerCutUndoesOnlyUnwrittenAcks) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c"}));
    disk_->die();
    journal_->ack(stream_, 1);
    journal_.reset();
    disk_->restart();
    open();
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a", "b", "c"));
}

TEST_F(FailureTest, ARecordIsNeverAckedOnDiskWithoutItsDeadLetter) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    for (int round = 0; round < 8; ++round) {
        DeadLetter letter;
        letter.message = "rejected";
        journal_->dead_letter(stream_, journal_->last(stream_), letter);
        if (round % 2 == 0) {
            ASSERT_FALSE(append(*journal_, WriteBatch{}));
        }
        crash();
        const auto letters = journal_->dead_letters(stream_, 0, 1000).size();
        ASSERT_EQ(letters + journal_->pending(stream_), journal_->last(stream_));
        ASSERT_FALSE(append(*journal_, stream_, {"next"}));
        ASSERT_EQ(journal_->last(stream_), round + 2);
        if (journal_->pending(stream_) == 2) journal_->dead_letter(stream_, journal_->last(stream_) - 1, letter);
    }
}

TEST_F(FailureTest, ALetterStaysIfItsReplayFails) {
    WriteBatch dead;
    dead.dead_letters.push_back({stream_, DeadLetter{}, {}});
    ASSERT_FALSE(append(*journal_, std::move(dead)));
    const auto usage = journal_->dead_letter_usage(stream_);
    WriteBatch replay;
    replay.records = {{stream_, "again"}};
    replay.removed = {{stream_, 1}};
    disk_->fail_writes = true;
    EXPECT_EQ(append(*journal_, replay), errc::io_error);
    EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 1);
    disk_->fail_writes = false;
    ASSERT_TRUE(recovers());
    EXPECT_THAT(journal_->dead_letters(stream_, 0, 10), SizeIs(1));
    EXPECT_EQ(journal_->dead_letter_usage(stream_).bytes, usage.bytes);

    ASSERT_FALSE(append(*journal_, std::move(replay)));
    crash();
    EXPECT_THAT(journal_->dead_letters(stream_, 0, 10), SizeIs(0));
    EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 0);
    EXPECT_EQ(journal_->dead_letter_usage(stream_).bytes, 0);
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("again"));
}

TEST_F(FailureTest, AReplayWhoseSyncFailedButIsOnDiskHasRemovedItsLetter) {
    WriteBatch dead;
    dead.dead_letters.emplace_back(stream_, DeadLetter{});
    ASSERT_FALSE(append(*journal_, std::move(dead)));
    WriteBatch replay;
    replay.records = {{stream_, "again"}};
    replay.removed = {{stream_, 1}};
    disk_->syncs_until_failure = 0;
    EXPECT_EQ(append(*journal_, std::move(replay)), errc::io_error);
    ASSERT_TRUE(recovers());
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("again"));
    EXPECT_THAT(journal_->dead_letters(stream_, 0, 10), SizeIs(0));
    EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 0);
}

TEST_F(FailureTest, RejectsAppendsWhileTooManyWaitForTheDisk) {
    // The commit thread is kept from the disk by a subscriber that waits.
    std::promise<void> go_on;
    auto released = go_on.get_future().share();
    journal_->subscribe(stream_, [released](std::span<StoredRecord>) { released.wait(); });
    std::vector<Answer> answers;
    const std::string large(1U << 20U, 'x');
    for (int i = 0; i < 100 && journal_->has_room(); ++i) {
        WriteBatch one;
        one.records = {{stream_, large}};
        answers.push_back(start(*journal_, std::move(one)));
    }
    EXPECT_LT(answers.size(), 80);
    EXPECT_FALSE(journal_->has_room());
    WriteBatch one;
    one.records = {{stream_, "one more"}};
    answers.push_back(start(*journal_, std::move(one)));
    go_on.set_value();
    EXPECT_EQ(finish(std::move(answers.back())), errc::no_buffer_space);
    answers.pop_back();
    for (auto& answer : answers) EXPECT_FALSE(finish(std::move(answer)));
    EXPECT_TRUE(journal_->has_room());
}

}  // namespace
}  // namespace pintle::journal
