#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "call.hpp"
#include "pintle/http/server/memory_budget.hpp"

namespace pintle::ingest {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::IngestFixture;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Options reading_options() {
    auto options = IngestFixture::default_options();
    options.sources.front().write_keys.clear();
    options.sources.front().reads_topics = true;
    return options;
}

std::string event(const std::string& name, const std::string& more = "") {
    return R"({"type":"track","userId":"u","event":")" + name + '"' + more + "}";
}

// Records of one partition from offset 10 on, and an Ingest that takes them.
class TopicRecords : public ::testing::Test {
protected:
    explicit TopicRecords(Options options = reading_options(), http::MemoryBudget* memory = nullptr)
        : fixture_(std::move(options), {}, nullptr, memory) {}

    void add(std::string value) {
        records_.push_back({std::move(value), "shop", 3, 10 + static_cast<std::int64_t>(records_.size()), {}});
    }

    // Begins to take all that were added.
    void begin() {
        taken_.reset();
        boost::asio::co_spawn(fixture_.io, fixture_.ingest.take_records("default", records_),
                              [this](const std::exception_ptr& error, RecordsTaken taken) {
                                  if (error) std::rethrow_exception(error);
                                  taken_ = taken;
                              });
        fixture_.resume();
    }

    void commit(boost::system::error_code error = {}) {
        auto committed = fixture_.journal.commit(error);
        if (!error) fixture_.committed.push_back(std::move(committed));
        fixture_.resume();
    }

    RecordsTaken take() {
        begin();
        while (!fixture_.journal.waiting.empty()) commit();
        return taken_.value();
    }

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& text : fixture_.events()) all.push_back(json::parse(text).at("event"));
        return all;
    }

    std::vector<const journal::DeadLetter*> letters() const {
        std::vector<const journal::DeadLetter*> all;
        for (const auto& batch : fixture_.committed) {
            for (const auto& [stream, letter, message] : batch.dead_letters) all.push_back(&letter);
        }
        return all;
    }

    const DestinationCounts& counts() {
        counts_ = fixture_.ingest.counts();
        return counts_.sources.front().destinations.front();
    }

    IngestFixture fixture_;
    std::vector<TopicRecord> records_;
    std::optional<RecordsTaken> taken_;
    Counts counts_;
};

TEST_F(TopicRecords, AreTakenInOneCommitAndInTheirOrder) {
    for (const auto* name : {"a", "b", "c"}) add(event(name));
    begin();
    EXPECT_FALSE(taken_) << "the commit is not there yet";
    EXPECT_THAT(fixture_.journal.waiting, SizeIs(1));
    commit();
    ASSERT_TRUE(taken_);
    EXPECT_EQ(taken_->count, 3U);
    EXPECT_EQ(taken_->waits_for, std::nullopt);
    EXPECT_THAT(names(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(counts().received, 3U);
    EXPECT_EQ(counts().accepted, 3U);
}

TEST_F(TopicRecords, MayHoldAnArrayOrABatchWithItsContext) {
    add('[' + event("a") + ',' + event("b") + ']');
    add(R"({"context":{"ip":"1.2.3.4"},"batch":[)" + event("c") + "]}");
    add(event("d", R"(,"properties":{"batch":[1]})"));
    EXPECT_EQ(take().count, 3U);
    EXPECT_THAT(names(), ElementsAre("a", "b", "c", "d"));
    EXPECT_EQ(json::parse(fixture_.events().at(2)).at("context").at("ip"), "1.2.3.4");
}

TEST_F(TopicRecords, AreNothingNewTheSecondTime) {
    add(event("a", R"(,"messageId":"m")"));
    add(event("b"));
    EXPECT_EQ(take().count, 2U);
    EXPECT_EQ(take().count, 2U) << "as after a crash before the offset was committed";
    EXPECT_THAT(names(), ElementsAre("a", "b"));
    EXPECT_EQ(counts().duplicate, 2U);
    EXPECT_EQ(counts().received, 4U);
}

TEST_F(TopicRecords, TwoEqualOnesWithoutMessageIdAreTwoEvents) {
    add(event("a"));
    add(event("a"));
    add("nonsense");
    add("nonsense");
    add('[' + event("a") + ',' + event("a") + ']');
    EXPECT_EQ(take().count, 5U);
    EXPECT_THAT(names(), ElementsAre("a", "a", "a", "a"));
    EXPECT_THAT(letters(), SizeIs(2));
    take();
    EXPECT_THAT(names(), SizeIs(4));
    EXPECT_THAT(letters(), SizeIs(2));
}

TEST_F(TopicRecords, OfATopicThatWasCreatedAnewAreNew) {
    add(event("a"));
    records_.front().time = testing::test_epoch;
    take();
    records_.front().time = testing::test_epoch + std::chrono::milliseconds(1);
    take();
    EXPECT_THAT(names(), ElementsAre("a", "a"));
}

TEST_F(TopicRecords, AnEventWithoutATimeHasThatOfItsRecord) {
    add(event("a"));
    records_.front().time = testing::test_epoch - std::chrono::hours(2);
    take();
    const auto read = json::parse(fixture_.events().front());
    EXPECT_EQ(read.at("timestamp"), "2026-11-23T22:00:00.000Z");
    EXPECT_EQ(read.at("receivedAt"), "2026-11-24T00:00:00.000Z");
}

TEST_F(TopicRecords, ThatCannotBeReadBecomeDeadLettersAsTheyAre) {
    add("\xff\xfe{");
    add(event("a"));
    add("");
    add(R"({"batch":[]})");
    add("[" + event("b") + ",{]");
    EXPECT_EQ(take().count, 5U);
    EXPECT_THAT(names(), ElementsAre("a"));
    ASSERT_THAT(letters(), SizeIs(4));
    EXPECT_EQ(letters()[0]->event, "\xff\xfe{");
    EXPECT_EQ(letters()[0]->reason, Reason::invalid_json);
    EXPECT_EQ(letters()[0]->message, "invalid json; offset 10 of partition 3 of topic shop");
    EXPECT_EQ(letters()[1]->reason, Reason::invalid_json);
    EXPECT_EQ(letters()[2]->reason, Reason::empty_batch);
    EXPECT_EQ(letters()[3]->event, "[" + event("b") + ",{]");
    EXPECT_EQ(counts().received, 5U);
    EXPECT_EQ(stats::sum(counts().dead_lettered), 4U);
}

TEST_F(TopicRecords, ThatNoDestinationTakesBecomeDeadLettersToo) {
    add(R"({"type":"track","userId":"u"})");
    add("42");
    EXPECT_EQ(take().count, 2U);
    ASSERT_THAT(letters(), SizeIs(2));
    EXPECT_EQ(letters()[0]->reason, Reason::event_name_missing);
    EXPECT_THAT(letters()[0]->message, EndsWith("; offset 10 of partition 3 of topic shop"));
    EXPECT_THAT(letters()[0]->event, HasSubstr("receivedAt")) << "it is enriched, as a replay needs it";
    EXPECT_EQ(letters()[1]->reason, Reason::event_not_an_object);
}

TEST_F(TopicRecords, TooLargeOnesBecomeDeadLetters) {
    add(event("a", R"(,"properties":{"x":")" + std::string(40'000, 'x') + "\"}"));
    EXPECT_EQ(take().count, 1U);
    ASSERT_THAT(letters(), SizeIs(1));
    EXPECT_EQ(letters()[0]->reason, Reason::event_too_large);
    records_.clear();
    records_.push_back({std::string(5'000'000, ' '), "shop", 0, 0, {}});
    EXPECT_EQ(take().count, 1U);
    ASSERT_THAT(letters(), SizeIs(2));
    EXPECT_EQ(letters()[1]->reason, Reason::request_too_large);
    EXPECT_THAT(letters()[1]->event, SizeIs(5'000'000));
}

TEST_F(TopicRecords, WaitWhileTheJournalOrAStreamIsFull) {
    add(event("a"));
    fixture_.journal.room = false;
    EXPECT_EQ(take().waits_for, Reason::journal_full);
    fixture_.journal.room = true;
    fixture_.journal.full = 1;
    EXPECT_EQ(take().waits_for, Reason::destination_full);
    EXPECT_GT(taken_->retry_after, std::chrono::milliseconds(0));
    EXPECT_THAT(letters(), IsEmpty());
    fixture_.journal.full = 0;
    EXPECT_EQ(take().count, 1U);
    counts();
    EXPECT_EQ(stats::sum(counts_.sources.front().rejected), 0U);
}

TEST_F(TopicRecords, AreTakenAgainAfterACommitThatFailed) {
    add(event("a"));
    add(event("b"));
    begin();
    commit(make_error_code(boost::system::errc::no_space_on_device));
    ASSERT_TRUE(taken_);
    EXPECT_EQ(taken_->count, 0U);
    EXPECT_EQ(taken_->waits_for, Reason::journal_full);
    EXPECT_EQ(take().count, 2U);
    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(TopicRecords, OfAnUnknownSourceAreNotTaken) {
    add(event("a"));
    std::optional<RecordsTaken> taken;
    boost::asio::co_spawn(fixture_.io, fixture_.ingest.take_records("other", records_),
                          [&](const std::exception_ptr&, RecordsTaken each) { taken = each; });
    fixture_.resume();
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->count, 0U);
    EXPECT_TRUE(taken->waits_for);
}

TEST_F(TopicRecords, AnEventForKafkaAloneIsMeantForPintle) {
    add(event("a", R"(,"integrations":{"All":false,"Kafka":true})"));
    add(event("b", R"(,"integrations":{"All":false,"Mixpanel":true})"));
    EXPECT_EQ(take().count, 2U);
    EXPECT_THAT(names(), ElementsAre("a"));
    EXPECT_EQ(counts().integration_disabled, 1U);
}

class RateLimitedRecords : public TopicRecords {
protected:
    RateLimitedRecords() : TopicRecords(limited()) {}
    static Options limited() {
        auto options = reading_options();
        options.sources.front().rate = 2;
        return options;
    }
};

TEST_F(RateLimitedRecords, WaitBehindTheFirstThatExceedsIt) {
    for (const auto* name : {"a", "b", "c", "d"}) add(event(name));
    const auto taken = take();
    EXPECT_EQ(taken.count, 2U);
    EXPECT_EQ(taken.waits_for, Reason::source_rate_exceeded);
    EXPECT_GE(taken.retry_after, std::chrono::seconds(1));
    EXPECT_THAT(names(), ElementsAre("a", "b"));
}

class RecordsWithLittleMemory : public TopicRecords {
protected:
    RecordsWithLittleMemory() : TopicRecords(reading_options(), &budget()) {}
    static http::MemoryBudget& budget() {
        static http::MemoryBudget memory(100'000);
        return memory;
    }
};

TEST_F(RecordsWithLittleMemory, AreTakenAsFarAsItReaches) {
    for (int i = 0; i < 200; ++i) add(event("a"));
    const auto taken = take();
    EXPECT_GT(taken.count, 10U);
    EXPECT_LT(taken.count, 200U);
    EXPECT_EQ(taken.waits_for, Reason::memory_exhausted);
    EXPECT_EQ(budget().held(), 0U);
    records_ = {{event("a", R"(,"properties":{"x":")" + std::string(20'000, 'x') + "\"}"), "shop", 0, 0, {}}};
    EXPECT_EQ(take().count, 1U);
    ASSERT_THAT(letters(), SizeIs(1));
    EXPECT_EQ(letters()[0]->reason, Reason::request_exceeds_memory);
}

}  // namespace
}  // namespace pintle::ingest
