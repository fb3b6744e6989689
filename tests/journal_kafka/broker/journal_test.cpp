#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "broker/fixture.hpp"

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> numbered(const std::string& prefix, int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back(prefix + std::to_string(i));
    return texts;
}

TEST_F(KafkaJournalTest, DeliversWhatIsAppendedInOrder) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    Deliveries deliveries;
    const Worker worker(*journal, stream, [&](const std::string& text) {
        deliveries.add(text);
        return true;
    });
    append_all(*journal, stream, "event ", 5000);
    ASSERT_TRUE(eventually([&] { return deliveries.size() == 5000; }));
    EXPECT_EQ(deliveries.texts(), numbered("event ", 5000));
    EXPECT_EQ(worker.committed(), numbered("event ", 5000));
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 5000; }));
    const auto ledger = journal->ledger(stream);
    EXPECT_TRUE(is_balanced(ledger));
    EXPECT_EQ(ledger.accepted, 5000);
    EXPECT_EQ(ledger.backlog, 0);
    EXPECT_EQ(journal->first_pending(stream), 5001);
    EXPECT_EQ(journal->last(stream), 5000);
    EXPECT_EQ(journal->pending(stream), 0);
}

TEST_F(KafkaJournalTest, DeliversWhatIsPendingAfterARestartOnce) {
    Deliveries deliveries;
    {
        const auto journal = open();
        const auto stream = journal->create_or_open_stream("customerio");
        append_all(*journal, stream, "event ", 3000);
        const Worker worker(*journal, stream, [&](const std::string& text) {
            deliveries.add(text);
            return true;
        });
        ASSERT_TRUE(eventually([&] { return deliveries.size() >= 100; }));
        journal->release(stream);
        ASSERT_TRUE(eventually([&] { return !worker.owns(); }));
    }
    const auto journal = open();
    const auto stream = journal->find_stream("customerio");
    ASSERT_TRUE(stream);
    const Worker worker(*journal, *stream, [&](const std::string& text) {
        deliveries.add(text);
        return true;
    });
    append_all(*journal, *stream, "later ", 10);
    ASSERT_TRUE(eventually([&] { return journal->ledger(*stream).delivered == 3010; }));
    auto expected = numbered("event ", 3000);
    for (const auto& text : numbered("later ", 10)) expected.push_back(text);
    EXPECT_EQ(deliveries.texts(), expected);
    EXPECT_TRUE(is_balanced(journal->ledger(*stream)));
}

TEST_F(KafkaJournalTest, ADeadLetterIsReadByItsIdAfterARestart) {
    {
        const auto journal = open();
        const auto stream = journal->create_or_open_stream("customerio");
        const Worker worker(*journal, stream, [&](const std::string& text) { return text != "bad"; });
        ASSERT_FALSE(append(*journal, stream, "good"));
        ASSERT_FALSE(append(*journal, stream, "bad"));
        ASSERT_TRUE(eventually([&] { return journal->ledger(stream).dead_lettered == 1; }));
    }
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const auto letters = journal->dead_letters(stream, 0, 10);
    ASSERT_EQ(letters.size(), 1);
    EXPECT_EQ(letters.front().event, "bad");
    EXPECT_EQ(letters.front().message, "rejected");
    EXPECT_THAT(journal->dead_letters(stream, letters.front().id, 10), IsEmpty());
    const auto usage = journal->dead_letter_usage(stream);
    EXPECT_EQ(usage.count, 1);
    EXPECT_EQ(usage.last, letters.front().id);
    const auto ledger = journal->ledger(stream);
    EXPECT_EQ(ledger.accepted, 2);
    EXPECT_EQ(ledger.delivered, 1);
    EXPECT_EQ(ledger.retained, 1);
    EXPECT_TRUE(is_balanced(ledger));
}

}  // namespace
}  // namespace pintle::journal::kafka
