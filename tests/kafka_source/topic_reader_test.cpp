#include "pintle/kafka_source/topic_reader.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "ingest/call.hpp"
#include "ingest/manual_journal.hpp"
#include "mock_cluster.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::kafka_source {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Tests fail where something takes longer; none waits for it to pass.
constexpr auto limit = 60s;

std::vector<std::string> events(const std::string& prefix, int count) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) {
        values.push_back(R"({"type":"track","userId":"u","event":")" + prefix + std::to_string(i) + R"("})");
    }
    return values;
}

class TopicReaderTest : public ::testing::Test {
protected:
    TopicReaderTest() : ingest_(ingest_options(), journal_, wall_now) { cluster_.create("shop", 2); }

    ~TopicReaderTest() override {
        journal_.room = true;
        for (const auto& reader : readers_) reader->stop();
        EXPECT_TRUE(eventually(
            [this] { return std::ranges::all_of(readers_, [](const auto& reader) { return reader->is_stopped(); }); }));
    }

    static ingest::Options ingest_options() {
        auto options = testing::IngestFixture::default_options();
        options.sources.front().write_keys.clear();
        options.sources.front().reads_topics = true;
        return options;
    }

    TopicReader& start() {
        Options options{"default", {{"bootstrap.servers", cluster_.bootstrap()}}, "group", {"shop"}};
        auto& reader = *readers_.emplace_back(std::make_unique<TopicReader>(io_, ingest_, std::move(options)));
        reader.start();
        return reader;
    }

    void stop(TopicReader& reader) {
        reader.stop();
        ASSERT_TRUE(eventually([&] { return reader.is_stopped(); }));
        std::erase_if(readers_, [&](const auto& each) { return each.get() == &reader; });
    }

    // Runs the io_context and the journal until the condition holds; false if that takes too long.
    template <class Condition>
    bool eventually(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            io_.restart();
            io_.run_one_for(20ms);
            if (!commits_) continue;
            while (!journal_.waiting.empty()) {
                const auto batch = journal_.commit(error_);
                if (error_) ++failed_;
                if (!error_) keep(batch);
            }
        }
        return true;
    }

    void keep(const journal::WriteBatch& batch) {
        for (const auto& entry : batch.records) {
            names_.push_back(nlohmann::json::parse(journal::decode(entry.bytes).value().event).at("event"));
        }
        for (const auto& [stream, letter, message] : batch.dead_letters) letters_.push_back(letter.message);
    }

    // The names of accepted events that begin so, in their order.
    std::vector<std::string> names(std::string_view prefix) const {
        std::vector<std::string> found;
        std::ranges::copy_if(names_, std::back_inserter(found),
                             [&](const std::string& name) { return name.starts_with(prefix); });
        return found;
    }

    static std::vector<std::string> expected(const std::string& prefix, int count) {
        std::vector<std::string> all;
        for (int i = 0; i < count; ++i) all.push_back(prefix + std::to_string(i));
        return all;
    }

    std::uint64_t duplicates() const { return ingest_.counts().sources.front().destinations.front().duplicate; }

    MockCluster cluster_;
    boost::asio::io_context io_;
    testing::ManualJournal journal_;
    ingest::Ingest ingest_;
    std::vector<std::unique_ptr<TopicReader>> readers_;
    bool commits_ = true;  // the journal does
    boost::system::error_code error_;
    int failed_ = 0;  // commits
    std::vector<std::string> names_;
    std::vector<std::string> letters_;
};

TEST_F(TopicReaderTest, ReadsEachPartitionInItsOrderAndGoesOnWhereItStopped) {
    cluster_.produce("shop", 0, events("a", 1200));
    cluster_.produce("shop", 1, events("b", 700));
    auto& first = start();
    ASSERT_TRUE(eventually([&] { return names_.size() == 1900; }));
    EXPECT_EQ(names("a"), expected("a", 1200));
    EXPECT_EQ(names("b"), expected("b", 700));
    ASSERT_TRUE(eventually([&] { return first.status().lag() == 0 && first.status().partitions.size() == 2; }));
    EXPECT_EQ(first.status().records, 1900U);
    stop(first);

    names_.clear();
    cluster_.produce("shop", 0, events("c", 3));
    auto& second = start();
    ASSERT_TRUE(eventually([&] { return second.status().records >= 3 && second.status().lag() == 0; }));
    EXPECT_THAT(names_, ElementsAre("c0", "c1", "c2"));
    EXPECT_EQ(duplicates(), 0U) << "what the first one read is committed";
    EXPECT_TRUE(second.status().last_commit || eventually([&] { return second.status().last_commit.has_value(); }));
}

TEST_F(TopicReaderTest, CommitsNothingThatTheJournalHasNotKept) {
    cluster_.produce("shop", 0, events("a", 10));
    error_ = make_error_code(boost::system::errc::io_error);
    auto& first = start();
    ASSERT_TRUE(eventually([&] { return failed_ > 0; }));
    stop(first);
    EXPECT_THAT(names_, IsEmpty());

    error_ = {};
    start();
    ASSERT_TRUE(eventually([&] { return names_.size() == 10; }));
    EXPECT_EQ(names("a"), expected("a", 10));
}

TEST_F(TopicReaderTest, WaitsWhileTheJournalIsFull) {
    journal_.room = false;
    cluster_.produce("shop", 0, events("a", 10));
    auto& reader = start();
    const auto waits = [&] {
        const auto status = reader.status();
        return std::ranges::any_of(status.partitions,
                                   [](const auto& each) { return each.waits_for == Reason::journal_full; });
    };
    ASSERT_TRUE(eventually(waits));
    ASSERT_TRUE(eventually([&] { return reader.status().lag() == 10; }));
    EXPECT_THAT(names_, IsEmpty());
    journal_.room = true;
    ASSERT_TRUE(eventually([&] { return names_.size() == 10; }));
    EXPECT_EQ(names("a"), expected("a", 10));
    ASSERT_TRUE(eventually([&] { return !waits(); }));
}

TEST_F(TopicReaderTest, ARecordThatCannotBeReadIsADeadLetterAndHoldsNothingUp) {
    cluster_.produce("shop", 1, {"nonsense"});
    cluster_.produce("shop", 1, events("a", 2));
    auto& reader = start();
    ASSERT_TRUE(eventually([&] { return reader.status().records == 3; }));
    EXPECT_THAT(letters_, ElementsAre("invalid json; offset 0 of partition 1 of topic shop"));
    EXPECT_EQ(names("a"), expected("a", 2));
}

TEST_F(TopicReaderTest, SharesThePartitionsWithAnotherMemberOfTheGroup) {
    cluster_.produce("shop", 0, events("a", 100));
    cluster_.produce("shop", 1, events("b", 100));
    auto& first = start();
    ASSERT_TRUE(eventually([&] { return names_.size() == 200; }));
    auto& second = start();
    ASSERT_TRUE(
        eventually([&] { return first.status().partitions.size() == 1 && second.status().partitions.size() == 1; }));
    cluster_.produce("shop", 0, events("c", 100));
    cluster_.produce("shop", 1, events("d", 100));
    ASSERT_TRUE(eventually([&] { return names_.size() == 400; }));
    EXPECT_EQ(names("c"), expected("c", 100));
    EXPECT_EQ(names("d"), expected("d", 100));
    EXPECT_EQ(second.status().records, 100U);
    stop(second);
    cluster_.produce("shop", 0, events("e", 1));
    cluster_.produce("shop", 1, events("f", 1));
    ASSERT_TRUE(eventually([&] { return names_.size() == 402; }));
    EXPECT_THAT(names("e"), SizeIs(1));
    EXPECT_THAT(names("f"), SizeIs(1));
}

}  // namespace
}  // namespace pintle::kafka_source
