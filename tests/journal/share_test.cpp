#include <cstdint>

#include <rocksdb/env.h>

#include "journal/fixture.hpp"
#include "journal/open.hpp"

namespace pintle::journal {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;

std::string incompressible(std::size_t size) {
    std::string text(size, '\0');
    static std::uint32_t state = 1;
    for (auto& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24U);
    return text;
}

class ShareTest : public JournalTest {
protected:
    ShareTest() : other_(journal_->open_log("other")) {}

    // Appends of 10 KiB until none is taken any more.
    void fill(Log log) {
        ASSERT_TRUE(eventually([&] {
            const auto error = append(*journal_, log, {incompressible(10 * kib)});
            EXPECT_TRUE(!error || error == boost::system::errc::no_space_on_device);
            return !journal_->has_room(log);
        }));
    }

    void settle_all(Log log) {
        for (const auto& record : journal_->read(log, 0, SIZE_MAX, SIZE_MAX)) {
            journal_->settle(log, record.position, record.bytes.size());
        }
    }

    Log other_ = 0;
};

TEST_F(ShareTest, ALogOverItsShareTakesNothingWhileOthersDo) {
    journal_->set_share(log_, 100 * kib);
    journal_->set_share(other_, 100 * kib);
    fill(log_);
    EXPECT_TRUE(journal_->log_usage(log_).full);
    EXPECT_EQ(append(*journal_, log_, {"more"}), boost::system::errc::no_space_on_device);
    Append letter;
    letter.dead_letters.emplace_back(log_, DeadLetter{});
    EXPECT_EQ(append(*journal_, std::move(letter)), boost::system::errc::no_space_on_device);

    EXPECT_TRUE(journal_->has_room());
    EXPECT_TRUE(journal_->has_room(other_));
    EXPECT_FALSE(append(*journal_, other_, {"taken"}));
    Append both;
    both.records = {{other_, "with it"}, {log_, "none of it"}};
    EXPECT_EQ(append(*journal_, std::move(both)), boost::system::errc::no_space_on_device);
    EXPECT_THAT(all(*journal_, other_), testing::ElementsAre("taken"));
}

TEST_F(ShareTest, WhatIsSettledMakesRoomInIt) {
    journal_->set_share(log_, 100 * kib);
    fill(log_);
    const auto record = journal_->read(log_, 0, 1, SIZE_MAX).front();
    settle_all(log_);
    EXPECT_TRUE(eventually([&] { return journal_->has_room(log_); }));
    EXPECT_EQ(journal_->log_usage(log_).bytes, 0);
    EXPECT_FALSE(append(*journal_, log_, {record.bytes}));
}

TEST_F(ShareTest, RecordsOfAFullLogCanStillDieAndLettersLeave) {
    journal_->set_share(log_, 100 * kib);
    fill(log_);
    DeadLetter letter;
    letter.event = "dead";
    journal_->dead_letter(log_, 1, 10 * kib, letter);
    ASSERT_TRUE(eventually([&] { return journal_->letter_usage(log_).count == 1; }));
    Append purge;
    purge.removed = {{log_, 1}};
    EXPECT_FALSE(append(*journal_, std::move(purge)));
    EXPECT_EQ(journal_->letter_usage(log_).count, 0);
}

TEST_F(ShareTest, IsStillFullAfterARestart) {
    journal_->set_share(log_, 100 * kib);
    fill(log_);
    const auto bytes = journal_->log_usage(log_).bytes;
    EXPECT_EQ(bytes, 10 * kib * journal_->last(log_));
    reopen();
    journal_->set_share(log_, 100 * kib);
    EXPECT_EQ(journal_->log_usage(log_).bytes, bytes);
    EXPECT_TRUE(eventually([&] { return !journal_->has_room(log_); }));
    EXPECT_TRUE(journal_->has_room(other_));
}

TEST_F(ShareTest, CountsTheBytesOfWhatIsPendingAlone) {
    ASSERT_FALSE(append(*journal_, log_, {"1", "22", "333", "4444"}));
    EXPECT_EQ(journal_->log_usage(log_).bytes, 10);
    journal_->settle(log_, 2, 2);
    journal_->settle(log_, 2, 2);
    journal_->dead_letter(log_, 3, 3, {});
    EXPECT_EQ(journal_->log_usage(log_).bytes, 5);
    ASSERT_FALSE(append(*journal_, log_, {"55555"}));
    EXPECT_EQ(journal_->log_usage(log_).bytes, 10);
    reopen();
    EXPECT_EQ(journal_->log_usage(log_).bytes, 10);
    journal_->settle(log_, 1, 1);
    journal_->settle(log_, 4, 4);
    EXPECT_EQ(journal_->log_usage(log_).bytes, 5);
    journal_->settle(log_, 5);
    EXPECT_EQ(journal_->log_usage(log_).bytes, 0);
}

TEST_F(ShareTest, WhatIsCompressedOnDiskCountsAsItIsThere) {
    const auto directory = scratch_.path("compressed");
    options_.directory = directory;
    Pace pace;
    pace.write_buffer = 64 * kib;
    journal_ = open_journal(options_, rocksdb::Env::Default(), pace);
    log_ = journal_->open_log("log");
    journal_->set_share(log_, mib);
    const std::vector<std::string> records(20, std::string(10 * kib, 'a'));
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(eventually([&] { return !append(*journal_, log_, records); }));
    }
    EXPECT_GT(journal_->log_usage(log_).bytes, 9 * mib);
    EXPECT_TRUE(eventually([&] { return journal_->has_room(log_); }));
}

// A dead destination keeps its share; what goes through beside it is many times what is left.
TEST_F(ShareTest, WhatOneHasSettledIsNoReasonToRefuseAnother) {
    options_.max_size = 24 * mib;
    reopen();
    journal_->set_share(log_, 8 * mib);
    const auto text = incompressible(100 * kib);
    const std::vector<std::string> records(10, text);
    for (int i = 0; i < 8; ++i) ASSERT_FALSE(append(*journal_, log_, records));
    for (int i = 0; i < 60; ++i) {
        ASSERT_FALSE(append(*journal_, other_, records)) << i;
        for (int k = 1; k <= 10; ++k) journal_->settle(other_, static_cast<Position>(10 * i + k), text.size());
        ASSERT_TRUE(eventually([&] { return journal_->unwritten(other_) == 0; }));
    }
    EXPECT_TRUE(journal_->has_room());
    EXPECT_EQ(journal_->unsettled(log_), 80);
}

}  // namespace
}  // namespace pintle::journal
