#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "fixture.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(JournalTest, IsEmptyAtFirst) {
    EXPECT_TRUE(journal_->has_room());
    EXPECT_EQ(journal_->last(stream_), 0);
    EXPECT_EQ(journal_->first_pending(stream_), 1);
    EXPECT_EQ(journal_->pending(stream_), 0);
    EXPECT_THAT(all(*journal_, stream_), IsEmpty());
}

TEST_F(JournalTest, ReadsInOrderWhatWasAppended) {
    EXPECT_FALSE(append(*journal_, stream_, {"a", "b"}));
    EXPECT_FALSE(append(*journal_, stream_, {"c"}));
    const auto records = journal_->read(stream_, 0, 10, 1000);
    EXPECT_THAT(offsets(records), ElementsAre(1, 2, 3));
    EXPECT_THAT(texts(records), ElementsAre("a", "b", "c"));
    EXPECT_EQ(journal_->last(stream_), 3);
}

TEST_F(JournalTest, ReadsNoMoreThanAskedFor) {
    ASSERT_FALSE(append(*journal_, stream_, {"aaaa", "bbbb", "cccc", "dddd"}));
    EXPECT_THAT(texts(journal_->read(stream_, 1, 2, 1000)), ElementsAre("bbbb", "cccc"));
    EXPECT_THAT(texts(journal_->read(stream_, 0, 10, 5)), ElementsAre("aaaa", "bbbb"));
    EXPECT_THAT(journal_->read(stream_, 0, 0, 1000), IsEmpty());
    EXPECT_THAT(journal_->read(stream_, 4, 10, 1000), IsEmpty());
    EXPECT_THAT(journal_->read(stream_, 400, 10, 1000), IsEmpty());
}

TEST_F(JournalTest, KeepsEachLogApart) {
    const auto other = journal_->create_or_open_stream("other");
    WriteBatch both;
    both.records = {{stream_, "a"}, {other, "x"}, {stream_, "b"}};
    ASSERT_FALSE(append(*journal_, std::move(both)));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a", "b"));
    EXPECT_THAT(all(*journal_, other), ElementsAre("x"));
    journal_->ack(other, 1);
    EXPECT_EQ(journal_->pending(stream_), 2);
    EXPECT_EQ(journal_->pending(other), 0);
}

TEST_F(JournalTest, KnowsItsLogsAfterARestart) {
    const auto other = journal_->create_or_open_stream("other");
    ASSERT_FALSE(append(*journal_, other, {"x"}));
    reopen();
    EXPECT_THAT(journal_->streams(), ElementsAre("customerio", "other"));
    EXPECT_EQ(journal_->create_or_open_stream("other"), other);
    EXPECT_THAT(all(*journal_, other), ElementsAre("x"));
}

TEST_F(JournalTest, FindsAStreamByItsNameAndCreatesNoneForThat) {
    EXPECT_EQ(journal_->find_stream("customerio"), stream_);
    EXPECT_EQ(journal_->find_stream("other"), std::nullopt);
    EXPECT_THAT(journal_->streams(), ElementsAre("customerio"));
    const auto other = journal_->create_or_open_stream("other");
    EXPECT_EQ(journal_->find_stream("other"), other);
    reopen();
    EXPECT_EQ(journal_->find_stream("other"), other);
    EXPECT_EQ(journal_->find_stream("another"), std::nullopt);
    EXPECT_THAT(journal_->streams(), ElementsAre("customerio", "other"));
}

TEST_F(JournalTest, FindsStreamsInADirectoryThatItMayNotWrite) {
    journal_.reset();
    options_.read_only = true;
    journal_ = open_journal(options_);
    EXPECT_EQ(journal_->find_stream("customerio"), stream_);
    EXPECT_EQ(journal_->find_stream("other"), std::nullopt);
    EXPECT_THROW(journal_->create_or_open_stream("other"), std::runtime_error);
}

TEST_F(JournalTest, ReadsAfterARestartWhatWasAppendedBefore) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    reopen();
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("a", "b"));
    ASSERT_FALSE(append(*journal_, stream_, {"c"}));
    EXPECT_THAT(offsets(journal_->read(stream_, 0, 10, 1000)), ElementsAre(1, 2, 3));
}

TEST_F(JournalTest, HandsWhatWasCommittedToItsSubscriberBeforeItIsAnswered) {
    std::vector<StoredRecord> handed;
    journal_->subscribe(stream_, [&](std::span<StoredRecord> records) {
        for (auto& record : records) handed.push_back(std::move(record));
    });
    std::size_t handed_when_answered = 0;
    std::promise<void> answered;
    WriteBatch two;
    two.records = {{stream_, "a"}, {stream_, "b"}};
    journal_->append(std::move(two), [&](boost::system::error_code) {
        handed_when_answered = handed.size();
        answered.set_value();
    });
    ASSERT_EQ(answered.get_future().wait_for(test_timeout), std::future_status::ready);
    EXPECT_EQ(handed_when_answered, 2);
    EXPECT_THAT(offsets(handed), ElementsAre(1, 2));
    EXPECT_THAT(texts(handed), ElementsAre("a", "b"));
}

TEST_F(JournalTest, GivesConcurrentAppendersPositionsWithoutGapsEachInItsOwnOrder) {
    constexpr int appenders = 8;
    constexpr int rounds = 200;
    std::vector<std::thread> threads;
    threads.reserve(appenders);
    std::atomic<int> errors{0};
    for (int thread = 0; thread < appenders; ++thread) {
        threads.emplace_back([&, thread] {
            for (int round = 0; round < rounds; ++round) {
                const auto text = std::to_string(thread) + ":" + std::to_string(round);
                if (append(*journal_, stream_, {text})) ++errors;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(errors, 0);

    const auto records = journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX);
    ASSERT_EQ(records.size(), appenders * rounds);
    std::map<std::string, int> next;
    for (std::size_t i = 0; i < records.size(); ++i) {
        ASSERT_EQ(records[i].offset, i + 1);
        const auto& text = records[i].bytes;
        const auto appender = text.substr(0, text.find(':'));
        ASSERT_EQ(text, appender + ":" + std::to_string(next[appender]++));
    }
}

TEST_F(JournalTest, ShowsAReaderOnlyWhatIsCommittedAndNoGaps) {
    std::atomic<bool> stop{false};
    std::atomic<bool> gap{false};
    std::thread reader([&] {
        while (!stop) {
            const auto last = journal_->last(stream_);
            const auto records = journal_->read(stream_, 0, SIZE_MAX, SIZE_MAX);
            if (records.size() < last) gap = true;
            for (std::size_t i = 0; i < records.size(); ++i) {
                if (records[i].offset != i + 1) gap = true;
            }
        }
    });
    for (int round = 0; round < 300; ++round) ASSERT_FALSE(append(*journal_, stream_, {"a", "b", "c"}));
    stop = true;
    reader.join();
    EXPECT_FALSE(gap);
}

TEST_F(JournalTest, CommitsAllThatWaitsBeforeItCloses) {
    std::vector<Answer> answers;
    for (int i = 0; i < 500; ++i) {
        WriteBatch one;
        one.records = {{stream_, std::to_string(i)}};
        answers.push_back(start(*journal_, std::move(one)));
    }
    journal_->close();
    for (auto& answer : answers) EXPECT_FALSE(finish(std::move(answer)));
    reopen();
    EXPECT_EQ(journal_->last(stream_), 500);
}

TEST_F(JournalTest, RefusesAppendsOnceItIsClosed) {
    journal_->close();
    journal_->close();
    EXPECT_FALSE(journal_->has_room());
    EXPECT_EQ(append(*journal_, stream_, {"late"}), boost::system::errc::operation_canceled);
    EXPECT_THROW(journal_->read(stream_, 0, 1, 1), std::runtime_error);
}

TEST_F(JournalTest, KeepsFactsAcrossRestarts) {
    EXPECT_EQ(journal_->metadata("region"), std::nullopt);
    journal_->set_metadata("region", "us");
    journal_->set_metadata("region", "eu");
    EXPECT_EQ(journal_->metadata("region"), "eu");
    reopen();
    EXPECT_EQ(journal_->metadata("region"), "eu");
}

class SeenTest : public JournalTest {
protected:
    static MessageHash hash(std::uint8_t number) {
        MessageHash message{};
        message.fill(number);
        return message;
    }

    static WallTime now() {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    void remember(std::uint8_t number, WallTime time, std::string_view source = "web", std::size_t count = 1) {
        WriteBatch one;
        one.message_ids.assign(count, {hash(number), time});
        one.source = source;
        ASSERT_FALSE(append(*journal_, std::move(one)));
    }

    std::vector<int> remembered(WallTime since) const {
        std::vector<int> numbers;
        journal_->message_ids_since(
            since, [&](std::string_view, const MessageHash& message, WallTime) { numbers.push_back(message[0]); });
        return numbers;
    }
};

TEST_F(SeenTest, ReturnsRememberedMessagesAfterARestartOldestFirst) {
    const auto time = now();
    remember(3, time);
    remember(1, time - std::chrono::minutes(2));
    remember(2, time - std::chrono::minutes(1));
    reopen();
    EXPECT_THAT(remembered(WallTime{}), ElementsAre(1, 2, 3));
    EXPECT_THAT(remembered(time - std::chrono::minutes(1)), ElementsAre(2, 3));
}

TEST_F(SeenTest, ForgetsThoseThatAreOlderThanTheWindow) {
    options_.dedupe_window = std::chrono::seconds(1);
    reopen();
    remember(1, now() - std::chrono::hours(1));
    EXPECT_TRUE(eventually([&] {
        remember(2, now());
        const auto numbers = remembered(WallTime{});
        return std::ranges::find(numbers, 1) == numbers.end();
    }));
    EXPECT_FALSE(remembered(WallTime{}).empty());
}

TEST_F(SeenTest, AFloodOfOneSourceDoesNotForgetTheIdsOfAnother) {
    options_.max_message_ids = 640;
    reopen();
    const auto time = now();
    remember(1, time, "quiet");
    for (int i = 0; i < 1000; ++i) remember(2, time + std::chrono::milliseconds(i), "loud", 10);
    remember(3, time + std::chrono::milliseconds(1000), "loud");
    reopen();
    for (int i = 0; i < 1000; ++i) remember(4, time + std::chrono::milliseconds(1000 + i), "loud", 10);
    reopen();
    const auto numbers = remembered(WallTime{});
    EXPECT_EQ(std::ranges::count(numbers, 1), 1);
    EXPECT_EQ(std::ranges::count(numbers, 3), 0) << "the flood forgets its own";
    EXPECT_LT(numbers.size(), 2 * 640);
    EXPECT_GT(numbers.size(), 500);
}

TEST_F(SeenTest, TellsWhoseTheyAre) {
    const auto time = now();
    remember(1, time, "b");
    remember(2, time, "a");
    remember(3, time - std::chrono::minutes(5), "a");
    remember(4, time, std::string_view("a\0b", 3));
    std::vector<std::pair<std::string, int>> found;
    journal_->message_ids_since(
        time - std::chrono::minutes(1),
        [&](std::string_view source, const MessageHash& message, WallTime) { found.emplace_back(source, message[0]); });
    EXPECT_THAT(found, testing::UnorderedElementsAre(std::pair("b", 1), std::pair("a", 2),
                                                     std::pair(std::string("a\0b", 3), 4)));
}

TEST_F(SeenTest, RemembersNothingWhereTheWindowIsZero) {
    options_.dedupe_window = std::chrono::milliseconds(0);
    reopen();
    remember(1, now());
    EXPECT_THAT(remembered(WallTime{}), IsEmpty());
}

}  // namespace
}  // namespace pintle::journal
