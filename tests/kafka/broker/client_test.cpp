#include "pintle/kafka/client.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include "broker/broker.hpp"
#include "pintle/kafka/group_consumer.hpp"

namespace pintle::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Tests fail where something takes longer; none waits for it to pass.
constexpr auto limit = 60s;

// What a consumer has read.
struct Reading : ConsumerListener {
    void on_records(std::span<const ConsumedRecord> records) override {
        for (const auto& record : records) {
            offsets.push_back(record.offset);
            texts.emplace_back(record.bytes);
            times.push_back(record.appended);
        }
    }
    void on_end(std::int64_t next) override { end = next; }
    void on_offset_out_of_range() override { is_out_of_range = true; }
    void on_error(boost::system::error_code, std::string_view, bool is_fatal) override { fatal = fatal || is_fatal; }

    std::vector<std::int64_t> offsets;
    std::vector<std::string> texts;
    std::vector<WallTime> times;
    std::optional<std::int64_t> end;
    bool is_out_of_range = false;
    bool fatal = false;
};

TEST(FindSilentBrokers, NamesTheOneThatDoesNotAnswerBesideOneThatDoes) {
    const Settings settings{{"bootstrap.servers", "127.0.0.1:1," + test_broker().bootstrap()}};
    EXPECT_THAT(find_silent_brokers(settings, 5s),
                ElementsAre(testing::FieldsAre("127.0.0.1:1", testing::HasSubstr("refused"))));
}

class ClientTest : public testing::Test {
protected:
    ClientTest() {
        create(topic_);
        producer_ = std::make_unique<Producer>(
            context_, settings_, [this](boost::system::error_code error, std::string_view, bool is_fatal) {
                EXPECT_FALSE(is_fatal) << error.message();
                last_error_ = error;
            });
    }

    // Runs the io_context until the condition holds; false if that takes too long.
    template <class Condition>
    bool eventually(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            context_.run_one_for(100ms);
            context_.restart();
        }
        return true;
    }

    void create(const std::string& topic) {
        std::optional<boost::system::error_code> created;
        admin_.create_topic(topic, {.replication_factor = 1, .settings = {{"retention.ms", "-1"}}},
                            [&](boost::system::error_code error, std::string_view) { created = error; });
        ASSERT_TRUE(eventually([&] { return created.has_value(); }));
        ASSERT_FALSE(*created) << created->message();
    }

    void append(const std::string& text) {
        ++appended_;
        const auto error = producer_->append(topic_, text, [this](boost::system::error_code failed, std::int64_t at) {
            ASSERT_FALSE(failed) << failed.message();
            acked_.push_back(at);
        });
        ASSERT_FALSE(error) << error.message();
    }

    bool all_acked() {
        return eventually([this] { return acked_.size() == appended_; });
    }

    void read(Consumer& consumer, Reading& reading, std::int64_t offset, std::int64_t end) {
        ASSERT_FALSE(consumer.start(offset));
        ASSERT_TRUE(eventually([&] { return reading.end == end; }));
        EXPECT_FALSE(reading.fatal);
    }

    std::optional<std::int64_t> delete_before(std::int64_t offset) {
        std::optional<boost::system::error_code> deleted;
        std::int64_t start = -1;
        admin_.delete_records(topic_, offset, [&](boost::system::error_code error, std::int64_t log_start) {
            deleted = error;
            start = log_start;
        });
        if (!eventually([&] { return deleted.has_value(); }) || *deleted) return std::nullopt;
        return start;
    }

    // Of the records a to d the last two are left.
    void append_four_and_delete_two() {
        for (const auto* text : {"a", "b", "c", "d"}) append(text);
        ASSERT_TRUE(all_acked());
        ASSERT_EQ(delete_before(2), 2);
    }

    boost::asio::io_context context_;
    Settings settings_{{"bootstrap.servers", test_broker().bootstrap()}};
    Admin admin_{context_, settings_, 30s};
    std::string topic_ = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::unique_ptr<Producer> producer_;
    std::size_t appended_ = 0;
    std::vector<std::int64_t> acked_;
    boost::system::error_code last_error_;
};

TEST_F(ClientTest, ReadsBackWhatItAppendsInOrder) {
    std::vector<std::string> texts;
    for (int i = 0; i < 5000; ++i) {
        texts.push_back("record " + std::to_string(i));
        append(texts.back());
    }
    ASSERT_TRUE(all_acked());
    EXPECT_TRUE(std::ranges::is_sorted(acked_));
    EXPECT_EQ(producer_->waiting(), 0);
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    read(consumer, reading, 0, 5000);
    EXPECT_EQ(reading.texts, texts);
    EXPECT_EQ(reading.offsets, acked_);
}

TEST_F(ClientTest, ReadsFromAnOffsetAndGoesOnAfterTheEnd) {
    for (const auto* text : {"a", "b", "c"}) append(text);
    ASSERT_TRUE(all_acked());
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    read(consumer, reading, 2, 3);
    append("d");
    ASSERT_TRUE(eventually([&] { return reading.end == 4; }));
    EXPECT_THAT(reading.texts, ElementsAre("c", "d"));
}

TEST_F(ClientTest, FindsTheEndOfAnEmptyTopic) {
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    read(consumer, reading, Consumer::from_start, 0);
    EXPECT_THAT(reading.texts, IsEmpty());
}

TEST_F(ClientTest, ReadsFromTheStartOfALogWhoseFirstRecordsAreDeleted) {
    ASSERT_NO_FATAL_FAILURE(append_four_and_delete_two());
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    read(consumer, reading, Consumer::from_start, 4);
    EXPECT_THAT(reading.texts, ElementsAre("c", "d"));
    EXPECT_EQ(consumer.log_start(), 2);
}

TEST_F(ClientTest, SaysWhereTheOffsetIsDeleted) {
    ASSERT_NO_FATAL_FAILURE(append_four_and_delete_two());
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    ASSERT_FALSE(consumer.start(1));
    ASSERT_TRUE(eventually([&] { return reading.is_out_of_range; }));
    EXPECT_THAT(reading.texts, IsEmpty());
    read(consumer, reading, Consumer::from_start, 4);
    EXPECT_THAT(reading.texts, ElementsAre("c", "d"));
}

TEST_F(ClientTest, DescribesTheSettingsOfATopic) {
    std::optional<Admin::TopicSettings> settings;
    admin_.describe_topic(topic_, [&](boost::system::error_code error, const Admin::TopicSettings& found) {
        EXPECT_FALSE(error) << error.message();
        settings = found;
    });
    ASSERT_TRUE(eventually([&] { return settings.has_value(); }));
    EXPECT_EQ(settings->at("retention.ms"), "-1");
    EXPECT_EQ(settings->at("min.insync.replicas"), "1");
}

TEST_F(ClientTest, SaysThatATopicExists) {
    std::optional<boost::system::error_code> created;
    admin_.create_topic(topic_, {.replication_factor = 1, .settings = {}},
                        [&](boost::system::error_code error, std::string_view) { created = error; });
    ASSERT_TRUE(eventually([&] { return created.has_value(); }));
    EXPECT_EQ(*created, make_error(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS));
}

TEST_F(ClientTest, LosesAndRepeatsNothingOverARestartOfTheBroker) {
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    append("before");
    ASSERT_TRUE(all_acked());
    read(consumer, reading, 0, 1);
    for (int i = 0; i < 100; ++i) append("in flight " + std::to_string(i));
    ASSERT_TRUE(test_broker().run("kill 1"));
    append("while it is down");
    ASSERT_TRUE(test_broker().run("start-node 1"));
    append("after");
    ASSERT_TRUE(all_acked());
    ASSERT_TRUE(eventually([&] { return reading.end == 103; }));
    ASSERT_THAT(reading.texts, SizeIs(103));
    EXPECT_EQ(reading.texts.front(), "before");
    EXPECT_EQ(reading.texts[1], "in flight 0");
    EXPECT_EQ(reading.texts[101], "while it is down");
    EXPECT_EQ(reading.texts.back(), "after");
    EXPECT_EQ(reading.offsets, acked_);
}

// The second append waits in the producer, as one is in flight.
TEST_F(ClientTest, ARecordHasTheTimeOfItsAppendHoweverLongItWaits) {
    append("before");
    ASSERT_TRUE(all_acked());
    ASSERT_TRUE(test_broker().run("pause 1"));
    append("in flight");
    context_.poll();
    append("held");
    const auto appended = wall_now();
    last_error_.clear();
    const bool has_error = eventually([&] { return last_error_.failed(); });  // its connection times out
    ASSERT_TRUE(test_broker().run("resume 1"));
    ASSERT_TRUE(has_error);
    ASSERT_TRUE(all_acked());
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    read(consumer, reading, 0, 3);
    ASSERT_THAT(reading.texts, ElementsAre("before", "in flight", "held"));
    EXPECT_LE(reading.times.back(), appended);
}

TEST_F(ClientTest, AnAppendToAFrozenBrokerIsKeptUntilItGoesOn) {
    append("before");
    ASSERT_TRUE(all_acked());
    ASSERT_TRUE(test_broker().run("pause 1"));
    append("frozen");
    last_error_.clear();
    // Its connection times out.
    const bool has_error = eventually([&] { return last_error_.failed(); });
    EXPECT_THAT(acked_, SizeIs(1));
    ASSERT_TRUE(test_broker().run("resume 1"));
    EXPECT_TRUE(has_error);
    append("after");
    ASSERT_TRUE(all_acked());
    Reading reading;
    Consumer consumer(context_, settings_, topic_, reading);
    read(consumer, reading, 0, 3);
    EXPECT_THAT(reading.texts, ElementsAre("before", "frozen", "after"));
}

}  // namespace
}  // namespace pintle::kafka
