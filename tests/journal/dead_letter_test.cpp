#include "journal/fixture.hpp"

namespace pintle::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DeadLetterTest : public JournalTest {
protected:
    static DeadLetter letter(const std::string& reason, std::size_t size = 0) {
        DeadLetter letter;
        letter.source = "web";
        letter.destination = "customerio";
        letter.event = std::string(size, 'e');
        letter.method = "POST";
        letter.reason = reason;
        letter.status = 400;
        letter.attempts = 1;
        letter.received = WallTime(std::chrono::milliseconds(1'700'000'000'000));
        letter.died = WallTime(std::chrono::milliseconds(1'700'000'000'500));
        return letter;
    }

    void append_letter(Log log, DeadLetter letter) {
        Append one;
        one.dead_letters.emplace_back(log, std::move(letter));
        ASSERT_FALSE(append(*journal_, std::move(one)));
    }

    std::vector<std::string> reasons(std::uint64_t after = 0, std::size_t limit = 1000) const {
        std::vector<std::string> out;
        for (const auto& letter : journal_->dead_letters(log_, after, limit)) out.push_back(letter.reason);
        return out;
    }
};

TEST_F(DeadLetterTest, ASettledRecordsLetterIsKeptWithAllThatIsKnown) {
    ASSERT_FALSE(append(*journal_, log_, {"a", "b"}));
    journal_->dead_letter(log_, 1, letter("refused", 10));
    EXPECT_EQ(journal_->first_unsettled(log_), 2);
    reopen();
    const auto letters = journal_->dead_letters(log_, 0, 10);
    ASSERT_THAT(letters, SizeIs(1));
    EXPECT_EQ(letters[0].reason, "refused");
    EXPECT_EQ(letters[0].event, "eeeeeeeeee");
    EXPECT_EQ(letters[0].status, 400);
    EXPECT_EQ(letters[0].died, WallTime(std::chrono::milliseconds(1'700'000'000'500)));
    EXPECT_GT(letters[0].id, 0);
    EXPECT_EQ(journal_->first_unsettled(log_), 2);
}

TEST_F(DeadLetterTest, LettersOfAnAppendAreThereWhenItIsAnswered) {
    Append mixed;
    mixed.records = {{log_, "good"}};
    mixed.dead_letters.emplace_back(log_, letter("bad"));
    ASSERT_FALSE(append(*journal_, std::move(mixed)));
    EXPECT_THAT(reasons(), ElementsAre("bad"));
    EXPECT_EQ(journal_->usage().dead_letters, 1);
}

TEST_F(DeadLetterTest, LettersArePagedByRisingIds) {
    for (const auto* reason : {"one", "two", "three"}) append_letter(log_, letter(reason));
    const auto first = journal_->dead_letters(log_, 0, 2);
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_LT(first[0].id, first[1].id);
    EXPECT_THAT(reasons(first[1].id), ElementsAre("three"));
    EXPECT_THAT(reasons(UINT64_MAX), IsEmpty());
}

TEST_F(DeadLetterTest, EachLogHasItsOwn) {
    const auto other = journal_->open_log("other");
    append_letter(other, letter("elsewhere"));
    EXPECT_THAT(reasons(), IsEmpty());
    EXPECT_THAT(journal_->dead_letters(other, 0, 10), SizeIs(1));
    EXPECT_EQ(journal_->usage().dead_letters, 1);
}

TEST_F(DeadLetterTest, ARecordThatIsSettledAlreadyGetsNoLetter) {
    ASSERT_FALSE(append(*journal_, log_, {"a"}));
    journal_->settle(log_, 1);
    journal_->dead_letter(log_, 1, letter("late"));
    journal_->dead_letter(log_, 9, letter("never there"));
    reopen();
    EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(DeadLetterTest, OverTheirSizeTheOldestGoFirst) {
    options_.max_dead_letters = 10'000;
    reopen();
    for (int i = 0; i < 100; ++i) append_letter(log_, letter(std::to_string(i), 1000));
    const auto kept = reasons();
    ASSERT_FALSE(kept.empty());
    EXPECT_LE(kept.size(), 10);
    EXPECT_GE(kept.size(), 7);
    EXPECT_EQ(kept.back(), "99");
    EXPECT_EQ(kept.front(), std::to_string(100 - kept.size()));
    EXPECT_EQ(journal_->usage().dead_letters, kept.size());

    reopen();
    EXPECT_EQ(reasons(), kept);
    append_letter(log_, letter("100", 1000));
    EXPECT_EQ(reasons().back(), "100");
    EXPECT_LE(reasons().size(), 10);
}

TEST_F(DeadLetterTest, AFloodOfOneLogDoesNotPushOutTheFewOfAnother) {
    options_.max_dead_letters = 10'000;
    reopen();
    const auto other = journal_->open_log("other");
    append_letter(other, letter("the only one", 1000));
    for (int i = 0; i < 50; ++i) append_letter(log_, letter("flood", 1000));
    EXPECT_THAT(journal_->dead_letters(other, 0, 10), SizeIs(1));
}

}  // namespace
}  // namespace pintle::journal
