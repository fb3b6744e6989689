#include <cstdint>

#include <rocksdb/env.h>

#include "fixture.hpp"
#include "rocksdb/open.hpp"

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
    ShareTest() : other_(journal_->create_or_open_stream("other")) {}

    // Appends of 10 KiB until none is taken any more.
    void fill(Stream stream) {
        ASSERT_TRUE(eventually([&] {
            const auto error = append(*journal_, stream, {incompressible(10 * kib)});
            EXPECT_TRUE(!error || error == boost::system::errc::no_space_on_device);
            return !journal_->has_room(stream);
        }));
    }

    void ack_all(Stream stream) {
        for (const auto& record : journal_->read(stream, 0, SIZE_MAX, SIZE_MAX)) {
            journal_->ack(stream, record.offset, record.bytes.size());
        }
    }

    Stream other_ = 0;
};

TEST_F(ShareTest, AStreamOverItsShareRejectsAppendsWhileOthersDoNot) {
    journal_->set_share(stream_, 100 * kib);
    journal_->set_share(other_, 100 * kib);
    fill(stream_);
    EXPECT_TRUE(journal_->stream_usage(stream_).full);
    EXPECT_EQ(append(*journal_, stream_, {"more"}), boost::system::errc::no_space_on_device);
    WriteBatch letter;
    letter.dead_letters.emplace_back(stream_, DeadLetter{});
    EXPECT_EQ(append(*journal_, std::move(letter)), boost::system::errc::no_space_on_device);

    EXPECT_TRUE(journal_->has_room());
    EXPECT_TRUE(journal_->has_room(other_));
    EXPECT_FALSE(append(*journal_, other_, {"taken"}));
    WriteBatch both;
    both.records = {{other_, "with it"}, {stream_, "none of it"}};
    EXPECT_EQ(append(*journal_, std::move(both)), boost::system::errc::no_space_on_device);
    EXPECT_THAT(all(*journal_, other_), testing::ElementsAre("taken"));
}

TEST_F(ShareTest, AcksMakeRoomInIt) {
    journal_->set_share(stream_, 100 * kib);
    fill(stream_);
    const auto record = journal_->read(stream_, 0, 1, SIZE_MAX).front();
    ack_all(stream_);
    EXPECT_TRUE(eventually([&] { return journal_->has_room(stream_); }));
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 0);
    EXPECT_FALSE(append(*journal_, stream_, {record.bytes}));
}

TEST_F(ShareTest, RecordsOfAFullStreamCanBeDeadLetteredAndLettersRemoved) {
    journal_->set_share(stream_, 100 * kib);
    fill(stream_);
    DeadLetter letter;
    letter.event = "dead";
    journal_->dead_letter(stream_, 1, 10 * kib, letter);
    ASSERT_TRUE(eventually([&] { return journal_->dead_letter_usage(stream_).count == 1; }));
    WriteBatch purge;
    purge.removed = {{stream_, 1}};
    EXPECT_FALSE(append(*journal_, std::move(purge)));
    EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 0);
}

TEST_F(ShareTest, IsStillFullAfterARestart) {
    journal_->set_share(stream_, 100 * kib);
    fill(stream_);
    const auto bytes = journal_->stream_usage(stream_).bytes;
    EXPECT_EQ(bytes, 10 * kib * journal_->last(stream_));
    reopen();
    journal_->set_share(stream_, 100 * kib);
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, bytes);
    EXPECT_TRUE(eventually([&] { return !journal_->has_room(stream_); }));
    EXPECT_TRUE(journal_->has_room(other_));
}

TEST_F(ShareTest, CountsOnlyPendingBytes) {
    ASSERT_FALSE(append(*journal_, stream_, {"1", "22", "333", "4444"}));
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 10);
    journal_->ack(stream_, 2, 2);
    journal_->ack(stream_, 2, 2);
    journal_->dead_letter(stream_, 3, 3, {});
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 5);
    ASSERT_FALSE(append(*journal_, stream_, {"55555"}));
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 10);
    reopen();
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 10);
    journal_->ack(stream_, 1, 1);
    journal_->ack(stream_, 4, 4);
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 5);
    journal_->ack(stream_, 5);
    EXPECT_EQ(journal_->stream_usage(stream_).bytes, 0);
}

TEST_F(ShareTest, CountsTheCompressedSizeOnDisk) {
    const auto directory = scratch_.path("compressed");
    options_.directory = directory;
    Tuning tuning;
    tuning.write_buffer = 64 * kib;
    journal_ = open_journal(options_, rocksdb::Env::Default(), tuning);
    stream_ = journal_->create_or_open_stream("log");
    journal_->set_share(stream_, mib);
    const std::vector<std::string> records(20, std::string(10 * kib, 'a'));
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(eventually([&] { return !append(*journal_, stream_, records); }));
    }
    EXPECT_GT(journal_->stream_usage(stream_).bytes, 9 * mib);
    EXPECT_TRUE(eventually([&] { return journal_->has_room(stream_); }));
}

// A dead destination keeps its share; what goes through beside it is many times what is left.
TEST_F(ShareTest, AckedRecordsOfOneStreamDoNotBlockAnother) {
    options_.max_size = 24 * mib;
    reopen();
    journal_->set_share(stream_, 8 * mib);
    const auto text = incompressible(100 * kib);
    const std::vector<std::string> records(10, text);
    for (int i = 0; i < 8; ++i) ASSERT_FALSE(append(*journal_, stream_, records));
    for (int i = 0; i < 60; ++i) {
        ASSERT_FALSE(append(*journal_, other_, records)) << i;
        for (int k = 1; k <= 10; ++k) journal_->ack(other_, static_cast<Offset>(10 * i + k), text.size());
        ASSERT_TRUE(eventually([&] { return journal_->unwritten_acks(other_) == 0; }));
    }
    EXPECT_TRUE(journal_->has_room());
    EXPECT_EQ(journal_->pending(stream_), 80);
}

}  // namespace
}  // namespace pintle::journal
