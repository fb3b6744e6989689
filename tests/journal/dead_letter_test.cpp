#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <numeric>
#include <random>

#include "dead_letter_codec.hpp"
#include "fixture.hpp"
#include "pintle/base/time.hpp"
#include "rocksdb/dead_letters.hpp"
#include "rocksdb/keys.hpp"
#include "rocksdb/store.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DeadLetterTest : public JournalTest {
protected:
    static DeadLetter letter(const std::string& message, std::size_t size = 0, std::string source = "web") {
        DeadLetter letter;
        letter.source = std::move(source);
        letter.destination = "customerio";
        letter.event = std::string(size, 'e');
        letter.method = "POST";
        letter.message = message;
        letter.status = 400;
        letter.attempts = 1;
        letter.received = WallTime(std::chrono::milliseconds(1'700'000'000'000));
        letter.dead_lettered_at = WallTime(std::chrono::milliseconds(1'700'000'000'500));
        return letter;
    }

    void append_letter(Stream stream, DeadLetter letter) {
        WriteBatch one;
        one.dead_letters.emplace_back(stream, std::move(letter));
        ASSERT_FALSE(append(*journal_, std::move(one)));
    }

    boost::system::error_code remove(const std::vector<std::uint64_t>& ids) {
        WriteBatch purge;
        for (const auto id : ids) purge.removed.emplace_back(stream_, id);
        return append(*journal_, std::move(purge));
    }

    // What is kept in sum is what counting yields.
    void expect_true_totals() const {
        const auto letters = journal_->dead_letters(stream_, 0, SIZE_MAX);
        std::uint64_t bytes = 0;
        for (const auto& letter : letters) bytes += encode(letter).size();
        const auto usage = journal_->dead_letter_usage(stream_);
        EXPECT_EQ(usage.count, letters.size());
        EXPECT_EQ(usage.bytes, bytes);
        const auto ledger = journal_->ledger(stream_);
        EXPECT_EQ(ledger.retained, letters.size());
        EXPECT_EQ(ledger.dead_lettered, ledger.retained + ledger.replayed_out + ledger.purged + ledger.evicted);
        EXPECT_EQ(ledger.total(), ledger.resolved() + ledger.backlog);
    }

    std::vector<std::string> messages(std::uint64_t after = 0, std::size_t limit = 1000) const {
        std::vector<std::string> out;
        for (const auto& letter : journal_->dead_letters(stream_, after, limit)) out.push_back(letter.message);
        return out;
    }
};

TEST_F(DeadLetterTest, TheListenerGetsLettersWithTheirIdsOnceTheyAreOnDisk) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<CommittedLetter> heard;
    journal_->subscribe_dead_letters(stream_, [&](std::vector<CommittedLetter> letters) {
        const std::lock_guard lock(mutex);
        std::ranges::move(letters, std::back_inserter(heard));
        changed.notify_all();
    });
    append_letter(stream_, letter("never a record"));
    journal_->dead_letter(stream_, 2, letter("rejected"));
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, test_timeout, [&] { return heard.size() == 2; }));
    EXPECT_EQ(heard[0].offset, 0);
    EXPECT_EQ(heard[0].letter.message, "never a record");
    EXPECT_EQ(heard[1].offset, 2);
    EXPECT_EQ(heard[1].letter.message, "rejected");
    const auto stored = journal_->dead_letters(stream_, 0, 10);
    ASSERT_THAT(stored, SizeIs(2));
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(heard[i].letter.id, stored[i].id);
        EXPECT_EQ(heard[i].letter.message, stored[i].message);
    }
}

TEST_F(DeadLetterTest, AnAckedRecordsLetterKeepsAllFields) {
    ASSERT_FALSE(append(*journal_, stream_, {"a", "b"}));
    journal_->dead_letter(stream_, 1, letter("rejected", 10));
    EXPECT_EQ(journal_->first_pending(stream_), 2);
    reopen();
    const auto letters = journal_->dead_letters(stream_, 0, 10);
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].message, "rejected");
    EXPECT_EQ(letters[0].event, "eeeeeeeeee");
    EXPECT_EQ(letters[0].status, 400);
    EXPECT_EQ(letters[0].dead_lettered_at, WallTime(std::chrono::milliseconds(1'700'000'000'500)));
    EXPECT_GT(letters[0].id, 0);
    EXPECT_EQ(journal_->first_pending(stream_), 2);
}

TEST_F(DeadLetterTest, LettersOfAnAppendAreThereWhenItIsAnswered) {
    WriteBatch mixed;
    mixed.records = {{stream_, "good"}};
    mixed.dead_letters.emplace_back(stream_, letter("bad"));
    ASSERT_FALSE(append(*journal_, std::move(mixed)));
    EXPECT_THAT(messages(), ElementsAre("bad"));
    EXPECT_EQ(journal_->usage().dead_letters, 1);
}

TEST_F(DeadLetterTest, LettersArePagedByRisingIds) {
    for (const auto* message : {"one", "two", "three"}) append_letter(stream_, letter(message));
    const auto first = journal_->dead_letters(stream_, 0, 2);
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_LT(first[0].id, first[1].id);
    EXPECT_THAT(messages(first[1].id), ElementsAre("three"));
    EXPECT_THAT(messages(UINT64_MAX), IsEmpty());
}

TEST_F(DeadLetterTest, EachStreamHasItsOwn) {
    const auto other = journal_->create_or_open_stream("other");
    append_letter(other, letter("elsewhere"));
    EXPECT_THAT(messages(), IsEmpty());
    EXPECT_THAT(journal_->dead_letters(other, 0, 10), SizeIs(1));
    EXPECT_EQ(journal_->usage().dead_letters, 1);
}

TEST_F(DeadLetterTest, AnAckedRecordGetsNoLetter) {
    ASSERT_FALSE(append(*journal_, stream_, {"a"}));
    journal_->ack(stream_, 1);
    journal_->dead_letter(stream_, 1, letter("late"));
    journal_->dead_letter(stream_, 9, letter("never there"));
    reopen();
    EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(DeadLetterTest, OverTheirSizeTheOldestAreEvictedFirst) {
    options_.max_dead_letters = 10'000;
    reopen();
    for (int i = 0; i < 100; ++i) append_letter(stream_, letter(std::to_string(i), 1000));
    const auto kept = messages();
    ASSERT_FALSE(kept.empty());
    EXPECT_LE(kept.size(), 10);
    EXPECT_GE(kept.size(), 7);
    EXPECT_EQ(kept.back(), "99");
    EXPECT_EQ(kept.front(), std::to_string(100 - kept.size()));
    EXPECT_EQ(journal_->usage().dead_letters, kept.size());

    reopen();
    EXPECT_EQ(messages(), kept);
    append_letter(stream_, letter("100", 1000));
    EXPECT_EQ(messages().back(), "100");
    EXPECT_LE(messages().size(), 10);
}

TEST_F(DeadLetterTest, ALetterIsDeletedWithTheAppendThatReplaysIt) {
    for (const auto* message : {"one", "two", "three"}) append_letter(stream_, letter(message));
    const auto letters = journal_->dead_letters(stream_, 0, 10);
    WriteBatch replay;
    replay.records = {{stream_, "two again"}};
    replay.removed = {{stream_, letters[1].id}};
    ASSERT_FALSE(append(*journal_, std::move(replay)));
    EXPECT_THAT(messages(), ElementsAre("one", "three"));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("two again"));
    reopen();
    EXPECT_THAT(messages(), ElementsAre("one", "three"));
    EXPECT_THAT(all(*journal_, stream_), ElementsAre("two again"));
    expect_true_totals();
}

TEST_F(DeadLetterTest, UnknownLettersAreIgnored) {
    for (const auto* message : {"one", "two"}) append_letter(stream_, letter(message, 100));
    const auto id = journal_->dead_letters(stream_, 0, 1).front().id;
    ASSERT_FALSE(remove({id, id, id + 17, 0, UINT64_MAX}));
    ASSERT_FALSE(remove({id}));
    EXPECT_THAT(messages(), ElementsAre("two"));
    expect_true_totals();
    reopen();
    expect_true_totals();
}

TEST_F(DeadLetterTest, TwoAppendsOfOneCommitMayNameTheSameLetter) {
    for (const auto* message : {"one", "two"}) append_letter(stream_, letter(message, 100));
    const auto id = journal_->dead_letters(stream_, 0, 1).front().id;
    std::vector<Answer> answers;
    for (int i = 0; i < 200; ++i) {
        WriteBatch one;
        one.removed = {{stream_, id}};
        answers.push_back(start(*journal_, std::move(one)));
    }
    for (auto& answer : answers) ASSERT_FALSE(finish(std::move(answer)));
    EXPECT_THAT(messages(), ElementsAre("two"));
    expect_true_totals();
}

TEST_F(DeadLetterTest, IdsAreNotReusedAfterTheLastLetterIsDeleted) {
    append_letter(stream_, letter("one"));
    const auto last = journal_->dead_letter_usage(stream_).last;
    ASSERT_FALSE(remove({last}));
    reopen();
    EXPECT_EQ(journal_->dead_letter_usage(stream_).last, last);
    append_letter(stream_, letter("two"));
    EXPECT_EQ(journal_->dead_letters(stream_, 0, 1).front().id, last + 1);
}

TEST_F(DeadLetterTest, EvictsTheOldestWhileTheSameCommitRemovesOthers) {
    options_.max_dead_letters = 10'000;
    reopen();
    for (int i = 0; i < 200; ++i) {
        const auto kept = journal_->dead_letters(stream_, 0, 100);
        WriteBatch both;
        both.dead_letters.emplace_back(stream_, letter(std::to_string(i), 700 + static_cast<std::size_t>(i % 7) * 100));
        if (kept.size() > 2 && i % 3 != 0) both.removed = {{stream_, kept[0].id}, {stream_, kept[2].id}};
        if (kept.size() > 5 && i % 2 == 0) both.removed = {{stream_, kept[4].id}};
        ASSERT_FALSE(append(*journal_, std::move(both)));
        expect_true_totals();
        EXPECT_LE(journal_->dead_letter_usage(stream_).bytes, options_.max_dead_letters);
        EXPECT_EQ(messages().back(), std::to_string(i));
    }
    const auto before = messages();
    reopen();
    EXPECT_EQ(messages(), before);
    expect_true_totals();
}

TEST_F(DeadLetterTest, PurgingMakesRoomInAFullJournal) {
    options_.max_size = 24U << 20U;
    options_.max_dead_letters = 1U << 30U;
    reopen();
    std::mt19937 random(1);
    while (journal_->has_room()) {
        auto noise = letter("noise", 100'000);  // which cannot be compressed
        for (auto& c : noise.event) c = static_cast<char>(random());
        WriteBatch one;
        one.dead_letters.emplace_back(stream_, std::move(noise));
        append(*journal_, std::move(one));
    }
    ASSERT_EQ(append(*journal_, stream_, {"no room"}), boost::system::errc::no_space_on_device);
    std::vector<std::uint64_t> ids(journal_->dead_letter_usage(stream_).last);
    std::iota(ids.begin(), ids.end(), 1);
    ASSERT_FALSE(remove(ids));
    EXPECT_TRUE(eventually([&] { return journal_->has_room(); }));
    EXPECT_EQ(journal_->dead_letter_usage(stream_).count, 0);
}

TEST_F(DeadLetterTest, AFloodOfOneSourceDoesNotEvictTheFewOfAnother) {
    options_.max_dead_letters = 10'000;
    reopen();
    append_letter(stream_, letter("first", 1000, "quiet"));
    for (int i = 0; i < 50; ++i) append_letter(stream_, letter("flood", 1000, "loud"));
    append_letter(stream_, letter("second", 1000, "quiet"));
    reopen();
    for (int i = 0; i < 50; ++i) append_letter(stream_, letter("flood", 1000, "loud"));
    append_letter(stream_, letter("third", 1000, "quiet"));
    for (int i = 0; i < 50; ++i) append_letter(stream_, letter("flood", 1000, "loud"));
    const auto kept = messages();
    EXPECT_EQ(kept.front(), "first");
    for (const auto* message : {"first", "second", "third"}) EXPECT_THAT(kept, testing::Contains(message));
    EXPECT_LE(kept.size(), 10);
    EXPECT_GE(kept.size(), 7);
    expect_true_totals();
}

TEST_F(DeadLetterTest, SourcesThatBothFloodShareTheSpace) {
    options_.max_dead_letters = 20'000;
    reopen();
    for (int i = 0; i < 100; ++i) {
        append_letter(stream_, letter("a", 1000, "a"));
        append_letter(stream_, letter("b", 100, "b"));
        if (i % 10 == 0) append_letter(stream_, letter("quiet", 100, "quiet"));
        expect_true_totals();
    }
    std::map<std::string, std::size_t> bytes;
    for (const auto& each : journal_->dead_letters(stream_, 0, 1000)) bytes[each.source] += encode(each).size();
    EXPECT_EQ(std::ranges::count(messages(), "quiet"), 10);
    EXPECT_GT(bytes["b"], 5000);
    EXPECT_GT(bytes["a"], 5000);
    EXPECT_LE(bytes["a"] + bytes["b"] + bytes["quiet"], 20'000);
}

TEST_F(DeadLetterTest, EvictsTheOldestOfASourceBetweenThoseOfOthers) {
    options_.max_dead_letters = 20'000;
    reopen();
    for (int i = 0; i < 60; ++i)
        append_letter(stream_, letter(std::to_string(i), 1000, i % 10 == 0 ? "quiet" : "loud"));
    std::vector<std::string> loud;
    for (const auto& each : journal_->dead_letters(stream_, 0, 1000)) {
        if (each.source == "loud") loud.push_back(each.message);
    }
    ASSERT_GE(loud.size(), 10);
    std::vector<std::string> newest;
    for (int i = 59; newest.size() < loud.size(); --i) {
        if (i % 10 != 0) newest.push_back(std::to_string(i));
    }
    std::ranges::reverse(newest);
    EXPECT_EQ(loud, newest);
    EXPECT_EQ(journal_->ledger(stream_).evicted, 60 - journal_->dead_letter_usage(stream_).count);
}

TEST_F(DeadLetterTest, OfAVersionWithoutAccountsCountAsThoseOfOneSource) {
    for (int i = 0; i < 4; ++i) append_letter(stream_, letter("old", 1000, "web" + std::to_string(i)));
    journal_.reset();
    {
        Store store(options_.directory, rocksdb::Env::Default(), false, 1U << 20U);
        auto totals = store.get(keys::letters(stream_)).value();
        totals.pop_back();  // `accounted_from`, which is 1
        rocksdb::WriteBatch batch;
        batch.Put(keys::letters(stream_), totals);
        for (int i = 0; i < 4; ++i) batch.Delete(keys::letter_account(stream_, "web" + std::to_string(i)));
        ASSERT_TRUE(store.write(batch, true).ok());
    }
    options_.max_dead_letters = 10'000;
    reopen();
    for (int i = 0; i < 20; ++i) append_letter(stream_, letter("flood", 1000, "web1"));
    EXPECT_EQ(std::ranges::count(messages(), "old"), 4);
    expect_true_totals();
    reopen();
    for (int i = 0; i < 20; ++i) append_letter(stream_, letter("new", 1000, "web2"));
    EXPECT_LT(std::ranges::count(messages(), "old"), 4) << "they hold more than a third";
    EXPECT_GE(std::ranges::count(messages(), "old"), 2);
    expect_true_totals();
}

TEST(FairLevel, CutsTheLargestAlone) {
    EXPECT_EQ(fair_level({100, 10}, 20), 80);
    EXPECT_EQ(fair_level({10, 100, 90}, 30), 80);
    EXPECT_EQ(fair_level({50, 50, 50}, 30), 40);
    EXPECT_EQ(fair_level({100, 60, 10}, 100), 30);
    EXPECT_EQ(fair_level({100, 60, 10}, 170), 0);
    EXPECT_EQ(fair_level({}, 5), 0);
}

TEST_F(DeadLetterTest, AFloodOfOneStreamDoesNotEvictTheFewOfAnother) {
    options_.max_dead_letters = 10'000;
    reopen();
    const auto other = journal_->create_or_open_stream("other");
    append_letter(other, letter("the only one", 1000));
    for (int i = 0; i < 50; ++i) append_letter(stream_, letter("flood", 1000));
    EXPECT_THAT(journal_->dead_letters(other, 0, 10), SizeIs(1));
}

}  // namespace
}  // namespace pintle::journal
