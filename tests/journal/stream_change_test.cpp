#include <atomic>
#include <stdexcept>
#include <thread>

#include "fixture.hpp"
#include "pintle/base/time.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

DeadLetter letter(const std::string& event) {
    DeadLetter letter;
    letter.source = "web";
    letter.event = event;
    return letter;
}

class StreamChangeTest : public JournalTest {
protected:
    // Two pending records, one delivered, and a dead letter.
    void fill(Stream stream) {
        const auto last = journal_->last(stream);
        ASSERT_FALSE(append(*journal_, stream, {"a", "b", "c", "d"}));
        journal_->ack(stream, last + 2, 1);
        journal_->dead_letter(stream, last + 3, 1, letter("c"));
        ASSERT_TRUE(eventually([&] { return journal_->dead_letter_usage(stream).count == 1; }));
    }

    void reopen_only() {
        journal_.reset();
        journal_ = open_journal(options_);
    }

    static void expect_balanced(const Ledger& ledger) {
        EXPECT_EQ(ledger.total(), ledger.resolved() + ledger.backlog);
        EXPECT_EQ(ledger.dead_lettered, ledger.retained + ledger.replayed_out + ledger.purged + ledger.evicted);
    }
};

TEST_F(StreamChangeTest, AStreamKeepsAllThatItHoldsUnderAnotherName) {
    fill(stream_);
    journal_->set_metadata("pauses/customerio", "paused");
    journal_->rename_streams({{"customerio", "eu", {{"pauses/customerio", "pauses/eu"}, {"other", "another"}}}});
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(journal_->streams(), ElementsAre("eu"));
        EXPECT_EQ(journal_->find_stream("eu"), stream_);
        EXPECT_THAT(all(*journal_, stream_), ElementsAre("a", "d"));
        EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 1);
        EXPECT_EQ(journal_->ledger(stream_).delivered, 1);
        EXPECT_EQ(journal_->metadata("pauses/eu"), "paused");
        EXPECT_EQ(journal_->metadata("pauses/customerio").value_or(""), "");
        EXPECT_EQ(journal_->metadata("another"), std::nullopt);
        reopen_only();
    }
}

TEST_F(StreamChangeTest, TwoStreamsExchangeTheirNames) {
    const auto other = journal_->create_or_open_stream("eu");
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    journal_->set_metadata("pauses/eu", "kept");
    journal_->rename_streams({{"customerio", "eu", {{"pauses/customerio", "pauses/eu"}}}});
    EXPECT_EQ(journal_->find_stream("eu"), stream_);
    EXPECT_EQ(journal_->find_stream("customerio"), other);
    EXPECT_EQ(journal_->metadata("pauses/eu"), "kept");
    reopen_only();
    EXPECT_EQ(journal_->find_stream("eu"), stream_);
    EXPECT_EQ(journal_->find_stream("customerio"), other);
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a"));
}

TEST_F(StreamChangeTest, DiscardingLeavesNothingAndTheLedgerBalances) {
    fill(stream_);
    const auto other = journal_->create_or_open_stream("other");
    fill(other);
    journal_->discard(stream_);
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(all(*journal_, stream_), IsEmpty());
        EXPECT_THAT(journal_->dead_letters(stream_, 0, 10), IsEmpty());
        EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 0);
        EXPECT_EQ(journal_->stream_usage(stream_).bytes, 0);
        const auto ledger = journal_->ledger(stream_);
        expect_balanced(ledger);
        EXPECT_EQ(ledger.accepted, 4);
        EXPECT_EQ(ledger.delivered, 1);
        EXPECT_EQ(ledger.backlog, 0);
        EXPECT_EQ(ledger.purged, 3);
        EXPECT_EQ(ledger.lost, 0);
        EXPECT_THAT(all(*journal_, other), ElementsAre("a", "d"));
        EXPECT_EQ(journal_->dead_letter_usage(other).count, 1);
        reopen_only();
    }
    fill(stream_);
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a", "d"));
    expect_balanced(journal_->ledger(stream_));
}

TEST_F(StreamChangeTest, DiscardingAnEmptyStreamChangesNothing) {
    journal_->discard(stream_);
    EXPECT_EQ(journal_->ledger(stream_).total(), 0);
    EXPECT_FALSE(append(*journal_, stream_, {"a"}));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a"));
}

// With a thread sanitizer this also shows that streams are added beside those in use.
TEST_F(StreamChangeTest, StreamsAreCreatedWhileOthersAreWritten) {
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        while (!stop) {
            EXPECT_FALSE(append(*journal_, stream_, {"a"}));
            EXPECT_TRUE(journal_->has_room(stream_));
        }
    });
    for (int i = 0; i < 20; ++i) {
        const auto name = "stream" + std::to_string(i);
        const auto created = journal_->create_or_open_stream(name);
        EXPECT_FALSE(append(*journal_, created, {name}));
        EXPECT_THAT(all(*journal_, created), ElementsAre(name));
    }
    stop = true;
    writer.join();
    const auto written = journal_->last(stream_);
    reopen_only();
    EXPECT_EQ(journal_->last(stream_), written);
    EXPECT_THAT(all(*journal_, *journal_->find_stream("stream19")), ElementsAre("stream19"));
}

TEST_F(StreamChangeTest, OneNameIsOneStreamWhoeverCreatesIt) {
    Stream first = 0;
    Stream second = 0;
    std::thread thread([&] { first = journal_->create_or_open_stream("new"); });
    second = journal_->create_or_open_stream("new");
    thread.join();
    EXPECT_EQ(first, second);
}

TEST_F(StreamChangeTest, AListenerThatWasReplacedIsNotCalledAgain) {
    std::vector<std::string> heard;
    journal_->subscribe(stream_, [&](std::span<StoredRecord> records) { heard.push_back(records.front().bytes); });
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    journal_->subscribe(stream_, {});
    ASSERT_FALSE(append(*journal_, stream_, {"b"}));
    EXPECT_THAT(heard, ElementsAre("a"));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a", "b"));
}

TEST_F(StreamChangeTest, AClosedJournalChangesNoStream) {
    journal_->close();
    EXPECT_THROW(journal_->create_or_open_stream("new"), std::runtime_error);
    EXPECT_THROW(journal_->discard(stream_), std::runtime_error);
    EXPECT_THROW(journal_->rename_streams({{"customerio", "eu", {}}}), std::runtime_error);
}

}  // namespace
}  // namespace pintle::journal
