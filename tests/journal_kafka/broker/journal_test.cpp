#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>
#include <boost/asio/io_context.hpp>

#include "broker/broker.hpp"
#include "broker/fixture.hpp"
#include "kafka/entry_codec.hpp"

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A client of the tests' broker, beside the journal's own.
class Client {
public:
    explicit Client(rd_kafka_type_t type, const std::vector<std::pair<std::string, std::string>>& more = {}) {
        std::string text;
        text.resize(512);
        auto* const settings = rd_kafka_conf_new();
        const auto set = [&](const std::string& key, const std::string& value) {
            if (rd_kafka_conf_set(settings, key.c_str(), value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK) {
                throw std::runtime_error(text);
            }
        };
        set("bootstrap.servers", pintle::kafka::test_broker().bootstrap());
        for (const auto& [key, value] : more) set(key, value);
        handle_ = rd_kafka_new(type, settings, text.data(), text.size());
        if (handle_ == nullptr) throw std::runtime_error(text);
    }
    ~Client() { rd_kafka_destroy(handle_); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    rd_kafka_t* get() const { return handle_; }

private:
    rd_kafka_t* handle_ = nullptr;
};

// A group of consumers, as a tool sees it.
class Group {
public:
    explicit Group(const std::string& name) : client_(RD_KAFKA_CONSUMER, {{"group.id", name}}) {}

    // That it has stored of the one partition of the topic; negative: none.
    std::int64_t offset(const std::string& topic) {
        auto* const partitions = rd_kafka_topic_partition_list_new(1);
        auto* const partition = rd_kafka_topic_partition_list_add(partitions, topic.c_str(), 0);
        const auto error = rd_kafka_committed(client_.get(), partitions, 1'000);
        const auto offset = error == RD_KAFKA_RESP_ERR_NO_ERROR ? partition->offset : -1;
        rd_kafka_topic_partition_list_destroy(partitions);
        return offset;
    }

private:
    Client client_;
};

// Appends a record as a process did at that time, whose broker was down until now.
void append_late(const std::string& topic, const std::string& bytes, std::chrono::milliseconds age) {
    const Client client(RD_KAFKA_PRODUCER);
    const auto time = std::chrono::floor<std::chrono::milliseconds>(wall_now() - age).time_since_epoch().count();
    EXPECT_EQ(rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                                RD_KAFKA_V_VALUE(const_cast<char*>(bytes.data()), bytes.size()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_TIMESTAMP(time), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_EQ(rd_kafka_flush(client.get(), 60'000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

void append_in_transaction(const std::string& topic, const std::string& bytes) {
    const Client client(RD_KAFKA_PRODUCER, {{"transactional.id", topic}});
    constexpr int limit = 60'000;
    EXPECT_EQ(rd_kafka_init_transactions(client.get(), limit), nullptr);
    EXPECT_EQ(rd_kafka_begin_transaction(client.get()), nullptr);
    EXPECT_EQ(rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                                RD_KAFKA_V_VALUE(const_cast<char*>(bytes.data()), bytes.size()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
    EXPECT_EQ(rd_kafka_commit_transaction(client.get(), limit), nullptr);
}

// As an operator does with a tool of Kafka.
class Operator {
public:
    void create_topic(const std::string& name, int partitions) {
        std::string text(512, ' ');
        auto* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, text.data(), text.size());
        ASSERT_NE(topic, nullptr);
        rd_kafka_CreateTopics(client_.get(), &topic, 1, nullptr, queue_);
        rd_kafka_NewTopic_destroy(topic);
        finish();
    }

    void delete_before(const std::string& topic, std::int64_t offset) {
        auto* const partitions = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(partitions, topic.c_str(), 0)->offset = offset;
        auto* deletion = rd_kafka_DeleteRecords_new(partitions);
        rd_kafka_topic_partition_list_destroy(partitions);
        rd_kafka_DeleteRecords(client_.get(), &deletion, 1, nullptr, queue_);
        rd_kafka_DeleteRecords_destroy(deletion);
        finish();
    }

    Operator() : queue_(rd_kafka_queue_new(client_.get())) {}
    ~Operator() { rd_kafka_queue_destroy(queue_); }
    Operator(const Operator&) = delete;
    Operator& operator=(const Operator&) = delete;

private:
    void finish() {
        auto* const event = rd_kafka_queue_poll(queue_, 60'000);
        ASSERT_NE(event, nullptr);
        EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
        rd_kafka_event_destroy(event);
    }

    Client client_{RD_KAFKA_PRODUCER};
    rd_kafka_queue_t* queue_;
};

void create_topic(const std::string& name, int partitions) {
    Operator().create_topic(name, partitions);
}

void delete_before(const std::string& topic, std::int64_t offset) {
    Operator().delete_before(topic, offset);
}

// Of all topics whose names begin so.
std::vector<std::string> topic_names(const std::string& prefix) {
    pintle::kafka::BlockingReader reader({{"bootstrap.servers", pintle::kafka::test_broker().bootstrap()}});
    const auto topics = reader.topics(60s);
    std::vector<std::string> names;
    if (!topics) return names;
    for (const auto& topic : *topics) {
        if (topic.name.starts_with(prefix)) names.push_back(topic.name);
    }
    std::ranges::sort(names);
    return names;
}

// The commands that a process runs, in order.
class CommandLog {
public:
    CommandLog(Journal& journal, Stream stream) : journal_(journal), stream_(stream) {
        journal_.subscribe_commands(stream_, [this](std::string_view command, const std::function<void()>& done) {
            const MutexLock lock(mutex_);
            run_.emplace_back(command);
            done();
        });
    }
    ~CommandLog() { end(); }
    CommandLog(const CommandLog&) = delete;
    CommandLog& operator=(const CommandLog&) = delete;

    // Takes no more commands. Those that were run.
    std::vector<std::string> end() {
        journal_.subscribe_commands(stream_, {});
        const MutexLock lock(mutex_);
        return run_;
    }

private:
    Journal& journal_;
    const Stream stream_;
    Mutex mutex_;
    std::vector<std::string> run_ GUARDED_BY(mutex_);
};

boost::system::error_code submit(Journal& journal, Stream stream, const std::string& command) {
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto done = promise->get_future();
    journal.submit(stream, command, [promise](boost::system::error_code error) { promise->set_value(error); });
    if (done.wait_for(60s) == std::future_status::ready) return done.get();
    ADD_FAILURE() << "a command has no answer";
    return {};
}

// As an operator does with a tool of Kafka.
void delete_topics(const std::vector<std::string>& names) {
    const Client client(RD_KAFKA_PRODUCER);
    std::vector<rd_kafka_DeleteTopic_t*> topics;
    for (const auto& name : names) topics.push_back(rd_kafka_DeleteTopic_new(name.c_str()));
    auto* const queue = rd_kafka_queue_new(client.get());
    rd_kafka_DeleteTopics(client.get(), topics.data(), topics.size(), nullptr, queue);
    auto* const event = rd_kafka_queue_poll(queue, 60'000);
    EXPECT_NE(event, nullptr);
    if (event != nullptr) {
        std::size_t count = 0;
        const auto* const* const results =
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(rd_kafka_topic_result_error(results[i]), RD_KAFKA_RESP_ERR_NO_ERROR)
                << rd_kafka_topic_result_name(results[i]);
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_DeleteTopic_destroy_array(topics.data(), topics.size());
    rd_kafka_queue_destroy(queue);
}

std::vector<std::string> numbered(const std::string& prefix, int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back(prefix + std::to_string(i));
    return texts;
}

TEST_F(KafkaJournalTest, DeliversWhatIsAppendedInOrder) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    Deliveries deliveries;
    const Worker worker(*journal, stream, deliveries.all());
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

TEST_F(KafkaJournalTest, ToolsSeeHowFarTheDeliveryIs) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    append_all(*journal, stream, "event ", 20);

    Group group(options().topic_prefix + ".delivery");
    const TopicNames topics(options().topic_prefix, "customerio");
    EXPECT_TRUE(eventually([&] { return group.offset(topics.events) == 20; }));
}

TEST_F(KafkaJournalTest, DeliversWhatIsPendingAfterARestartOnce) {
    Deliveries deliveries;
    {
        const auto journal = open();
        const auto stream = journal->create_or_open_stream("customerio");
        append_all(*journal, stream, "event ", 3000);
        const Worker worker(*journal, stream, deliveries.all());
        ASSERT_TRUE(eventually([&] { return deliveries.size() >= 100; }));
        journal->release(stream, ReleaseReason::removed);
        ASSERT_TRUE(eventually([&] { return !worker.owns(); }));
    }
    const auto journal = open();
    const auto stream = journal->find_stream("customerio");
    ASSERT_TRUE(stream);
    const Worker worker(*journal, *stream, deliveries.all());
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
        ASSERT_TRUE(eventually([&] { return journal->dead_letter_usage(stream).count == 1; }));
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

TEST_F(KafkaJournalTest, ALetterThatIsNotWrittenYetIsRetainedAndNotListed) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    journal->subscribe_ownership(stream, [](OwnershipChange) {});
    ASSERT_FALSE(append(*journal, stream, "event"));
    ASSERT_TRUE(eventually([&] { return journal->last(stream) == 1 && journal->may_send(stream); }));
    DeadLetter letter;
    letter.destination = "customerio";
    letter.message = "erased";
    journal->dead_letter(stream, 1, std::move(letter));
    const auto before = journal->ledger(stream);
    EXPECT_EQ(before.retained, 1);
    EXPECT_EQ(before.backlog, 0);
    EXPECT_TRUE(is_balanced(before));
    ASSERT_TRUE(eventually([&] { return journal->dead_letter_usage(stream).count == 1; }));
    const auto after = journal->ledger(stream);
    EXPECT_EQ(after.retained, 1);
    EXPECT_EQ(after.dead_lettered, 1);
    EXPECT_TRUE(is_balanced(after));
    journal->subscribe_ownership(stream, {});
}

// ---- Two processes ----

// Two journals on the same topics, as two processes have them, and a worker for each.
class TwoJournalsTest : public KafkaJournalTest {
protected:
    struct Node {
        Node(std::unique_ptr<KafkaJournal> opened, Worker::Deliver deliver)
            : journal(std::move(opened)),
              stream(journal->create_or_open_stream("customerio")),
              worker(std::make_unique<Worker>(*journal, stream, std::move(deliver))) {}

        std::unique_ptr<KafkaJournal> journal;
        Stream stream;
        std::unique_ptr<Worker> worker;
    };

    Node start(const std::string& name) {
        auto named = options();
        named.node_name = name;
        return {open(named), [this](const std::string& text) {
                    deliveries_.add(text);
                    return !text.starts_with("bad");
                }};
    }

    // The one that owns the stream comes first.
    std::pair<Node, Node> start_two() {
        auto first = start("one");
        EXPECT_TRUE(eventually([&] { return first.worker->owns(); }));
        return {std::move(first), start("two")};
    }

    Deliveries deliveries_;
};

TEST_F(TwoJournalsTest, TheOtherTakesOverAfterARelease) {
    auto [one, two] = start_two();
    append_all(*two.journal, two.stream, "before ", 100);
    ASSERT_TRUE(eventually([&] { return one.journal->ledger(one.stream).delivered == 100; }));
    EXPECT_FALSE(two.worker->owns());
    one.journal->release(one.stream, ReleaseReason::removed);
    ASSERT_TRUE(eventually([&] { return two.worker->owns(); }));
    EXPECT_FALSE(one.worker->owns());
    EXPECT_FALSE(one.journal->may_send(one.stream));
    append_all(*one.journal, one.stream, "after ", 100);
    ASSERT_TRUE(eventually([&] { return one.journal->ledger(one.stream).delivered == 200; }));
    auto expected = numbered("before ", 100);
    for (const auto& text : numbered("after ", 100)) expected.push_back(text);
    EXPECT_EQ(deliveries_.texts(), expected);
    // It wants the stream again, which the other gives up.
    one.journal->create_or_open_stream("customerio");
    two.journal->close();
    ASSERT_TRUE(eventually([&] { return one.worker->owns(); }));
}

TEST_F(TwoJournalsTest, TheOtherTakesOverWhenTheOwnerStands) {
    auto [one, two] = start_two();
    // Its thread stands still, as that of a stopped process does.
    std::promise<void> resume;
    std::promise<void> stands;
    one.journal->subscribe(one.stream, [&, is_first = true](std::span<StoredRecord>) mutable {
        if (!std::exchange(is_first, false)) return;
        stands.set_value();
        resume.get_future().wait();
    });
    ASSERT_FALSE(append(*two.journal, two.stream, "first"));
    ASSERT_EQ(stands.get_future().wait_for(60s), std::future_status::ready);
    ASSERT_TRUE(eventually([&] { return two.worker->owns(); }));
    EXPECT_FALSE(one.journal->may_send(one.stream));
    ASSERT_TRUE(eventually([&] { return two.journal->ledger(two.stream).delivered == 1; }));
    resume.set_value();
    ASSERT_TRUE(eventually([&] { return !one.worker->owns(); }));
    ASSERT_FALSE(append(*one.journal, one.stream, "second"));
    ASSERT_TRUE(eventually([&] { return one.journal->ledger(one.stream).delivered == 2; }));
    EXPECT_TRUE(is_balanced(one.journal->ledger(one.stream)));
}

TEST_F(TwoJournalsTest, AMessageThatBothAcceptIsDeliveredOnce) {
    auto [one, two] = start_two();
    for (auto* const node : {&one, &two, &one}) ASSERT_FALSE(append(*node->journal, node->stream, "same"));
    ASSERT_FALSE(append(*two.journal, two.stream, "last"));
    ASSERT_TRUE(eventually([&] { return two.journal->ledger(two.stream).resolved() == 4; }));
    EXPECT_THAT(deliveries_.texts(), ElementsAre("same", "last"));
    const auto ledger = two.journal->ledger(two.stream);
    EXPECT_EQ(ledger.accepted, 4);
    EXPECT_EQ(ledger.delivered, 2);
    EXPECT_EQ(ledger.duplicates, 2);
    EXPECT_TRUE(is_balanced(ledger));
}

TEST_F(TwoJournalsTest, TheOtherListsReplaysAndPurgesDeadLetters) {
    auto [one, two] = start_two();
    for (const auto* text : {"bad 1", "bad 2", "good"}) ASSERT_FALSE(append(*one.journal, one.stream, text));
    ASSERT_TRUE(eventually([&] { return two.journal->ledger(two.stream).resolved() == 3; }));
    const auto letters = two.journal->dead_letters(two.stream, 0, 10);
    ASSERT_EQ(letters.size(), 2);
    EXPECT_EQ(letters[0].event, "bad 1");
    EXPECT_EQ(letters[1].event, "bad 2");

    WriteBatch replay;
    replay.records.push_back({two.stream, record_of("replayed", "bad 1")});
    replay.removed.emplace_back(two.stream, letters[0].id);
    ASSERT_FALSE(append(*two.journal, std::move(replay)));
    EXPECT_EQ(two.journal->ledger(two.stream).replayed_out, 1);

    WriteBatch purge;
    purge.removed.emplace_back(two.stream, letters[1].id);
    purge.removed.emplace_back(two.stream, letters[0].id);  // which is gone
    ASSERT_FALSE(append(*two.journal, std::move(purge)));
    EXPECT_THAT(two.journal->dead_letters(two.stream, 0, 10), IsEmpty());

    ASSERT_TRUE(eventually([&] { return two.journal->ledger(two.stream).resolved() == 4; }));
    EXPECT_THAT(deliveries_.texts(), ElementsAre("bad 1", "bad 2", "good", "replayed"));
    const auto ledger = two.journal->ledger(two.stream);
    EXPECT_TRUE(is_balanced(ledger));
    EXPECT_EQ(ledger.accepted, 3);
    EXPECT_EQ(ledger.replayed, 1);
    EXPECT_EQ(ledger.purged, 1);
    EXPECT_EQ(two.journal->dead_letter_usage(two.stream).last, letters[1].id);
}

TEST_F(TwoJournalsTest, AnEventThatBecomesADeadLetterAtOnceIsListedAndCounted) {
    auto [one, two] = start_two();
    std::vector<CommittedLetter> reported;
    Mutex mutex;
    one.journal->subscribe_dead_letters(one.stream, [&](std::vector<CommittedLetter> letters) {
        const MutexLock lock(mutex);
        for (auto& letter : letters) reported.push_back(std::move(letter));
    });
    DeadLetter letter;
    letter.event = "not mapped";
    for (int i = 0; i < 2; ++i) {
        WriteBatch batch;
        batch.dead_letters.push_back({two.stream, letter, message_hash("app", "m")});
        ASSERT_FALSE(append(*two.journal, std::move(batch)));
    }
    ASSERT_TRUE(eventually([&] { return two.journal->ledger(two.stream).resolved() == 2; }));
    const auto letters = two.journal->dead_letters(two.stream, 0, 10);
    ASSERT_EQ(letters.size(), 1);
    EXPECT_EQ(letters[0].event, "not mapped");
    EXPECT_EQ(two.journal->ledger(two.stream).duplicates, 1);
    EXPECT_TRUE(is_balanced(two.journal->ledger(two.stream)));
    one.journal->subscribe_dead_letters(one.stream, {});
    const MutexLock lock(mutex);
    ASSERT_EQ(reported.size(), 1);
    EXPECT_EQ(reported[0].offset, 0);
    EXPECT_EQ(reported[0].letter.id, letters[0].id);
}

TEST_F(TwoJournalsTest, TheOtherReadsTheOwnersMetadataAndKeepsIt) {
    auto [one, two] = start_two();
    one.journal->set_metadata(one.stream, "region", "eu");
    EXPECT_EQ(one.journal->metadata(one.stream, "region"), "eu");
    two.journal->set_metadata(two.stream, "region", "us");  // it does not own the stream
    ASSERT_TRUE(eventually([&] { return two.journal->metadata(two.stream, "region") == "eu"; }));
    one.journal->close();
    ASSERT_TRUE(eventually([&] { return two.worker->owns(); }));
    EXPECT_EQ(two.journal->metadata(two.stream, "region"), "eu");
    two.journal->set_metadata("local", "value");
    EXPECT_EQ(two.journal->metadata("local"), "value");
    EXPECT_EQ(one.journal->metadata("local"), std::nullopt);
}

TEST_F(TwoJournalsTest, ACommandRunsAtTheOwner) {
    auto [one, two] = start_two();
    CommandLog commands(*one.journal, one.stream);
    two.journal->subscribe_commands(two.stream, [&](std::string_view, const std::function<void()>&) { ADD_FAILURE(); });
    std::promise<boost::system::error_code> done;
    two.journal->submit(two.stream, "pause", [&](boost::system::error_code error) { done.set_value(error); });
    auto outcome = done.get_future();
    ASSERT_EQ(outcome.wait_for(60s), std::future_status::ready);
    EXPECT_FALSE(outcome.get());
    EXPECT_EQ(two.journal->ledger(two.stream).accepted, 0);
    EXPECT_EQ(two.journal->pending(two.stream), 0);
    two.journal->subscribe_commands(two.stream, {});
    EXPECT_THAT(commands.end(), ElementsAre("pause"));
}

TEST_F(TwoJournalsTest, ACommandThatComesLateIsDropped) {
    auto [one, two] = start_two();
    CommandLog commands(*one.journal, one.stream);
    const TopicNames topics(options().topic_prefix, "customerio");
    append_late(topics.events, encode_command("late"), 20s);
    EXPECT_FALSE(submit(*two.journal, two.stream, "in time"));
    EXPECT_THAT(commands.end(), ElementsAre("in time"));
}

TEST_F(TwoJournalsTest, WhoSubmitsACommandThatIsDroppedIsTold) {
    auto [one, two] = start_two();
    EXPECT_EQ(submit(*two.journal, two.stream, "pause"), boost::system::errc::timed_out);  // nobody subscribes to it
    EXPECT_EQ(two.journal->ledger(two.stream).backlog, 0);
    EXPECT_FALSE(append(*two.journal, two.stream, "event"));  // nor do later events wait for it
    EXPECT_TRUE(eventually([&] { return two.journal->ledger(two.stream).delivered == 1; }));
}

TEST_F(TwoJournalsTest, AnImportedLetterIsListedWhenTheImportEnds) {
    auto [one, two] = start_two();
    for (std::size_t count = 1; count <= 5; ++count) {
        WriteBatch batch;
        batch.dead_letters.push_back({two.stream, {}, {}});
        batch.until_listed = true;
        ASSERT_FALSE(append(*two.journal, std::move(batch)));
        EXPECT_EQ(two.journal->dead_letters(two.stream, 0, 10).size(), count);
    }
}

TEST_F(TwoJournalsTest, BothTellTheSameSizeAlsoAfterARestart) {
    const auto large = [](std::string_view name) { return std::string(30'000, 'x').append(name); };
    const auto pending_bytes = [](Journal& journal) {
        return journal.stream_usage(journal.create_or_open_stream("customerio")).bytes;
    };
    std::uint64_t size = 0;
    {
        auto [one, two] = start_two();
        // No worker delivers them.
        one.worker.reset();
        two.worker.reset();
        one.journal->subscribe_ownership(one.stream, [](OwnershipChange) {});
        for (const auto* name : {"a", "b", "c"}) ASSERT_FALSE(append(*one.journal, one.stream, large(name)));
        ASSERT_TRUE(
            eventually([&] { return one.journal->metadata(one.stream, "journal.mean_record_bytes").has_value(); }));
        size = pending_bytes(*one.journal);
        EXPECT_GT(size, 90'000);
        EXPECT_LT(size, 91'000);
        EXPECT_TRUE(eventually([&] { return pending_bytes(*two.journal) == size; }));
        EXPECT_GT(two.journal->usage().bytes_on_disk, 90'000);
    }
    const auto later = open();
    EXPECT_EQ(pending_bytes(*later), size);
    EXPECT_GT(later->usage().bytes_on_disk, 90'000);
}

TEST_F(TwoJournalsTest, EachSeesTheOther) {
    auto [one, two] = start_two();
    one.journal->announce({"1.0", "hash", "127.0.0.1:1"});
    two.journal->announce({"1.0", "hash", "127.0.0.1:2"});
    const auto sees_both = [](const KafkaJournal& journal) {
        const auto cluster = journal.cluster();
        return cluster && cluster->nodes.size() == 2 && cluster->nodes[0].announcement.version == "1.0" &&
               cluster->nodes[0].owned == std::vector<std::string>{"customerio"};
    };
    ASSERT_TRUE(eventually([&] { return sees_both(*one.journal) && sees_both(*two.journal); }));
    const auto cluster = *two.journal->cluster();
    EXPECT_EQ(cluster.nodes[0].name, "one");
    EXPECT_FALSE(cluster.nodes[0].is_this);
    EXPECT_EQ(cluster.nodes[0].announcement.admin_address, "127.0.0.1:1");
    EXPECT_EQ(cluster.nodes[1].name, "two");
    EXPECT_TRUE(cluster.nodes[1].is_this);
    ASSERT_EQ(cluster.streams.size(), 1);
    EXPECT_EQ(cluster.streams[0].owner, "one");
    EXPECT_EQ(cluster.streams[0].epoch, 1);
    one.journal->close();
    ASSERT_TRUE(eventually([&] {
        const auto now = *two.journal->cluster();
        return now.nodes.size() == 1 && now.streams[0].owner == "two" && now.streams[0].epoch == 2;
    }));
    EXPECT_EQ(two.journal->cluster()->ownership_changes, 1);
}

TEST_F(KafkaJournalTest, ADiscardEndsAllEventsAndLettersOfAStreamThatNobodyOwns) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    {
        const Worker worker(*journal, stream, [&](const std::string& text) { return text != "bad"; });
        ASSERT_FALSE(append(*journal, stream, "bad"));
        ASSERT_TRUE(eventually([&] { return journal->dead_letter_usage(stream).count == 1; }));
        journal->release(stream, ReleaseReason::removed);
        ASSERT_TRUE(eventually([&] { return !worker.owns(); }));
    }
    append_all(*journal, stream, "event ", 10);
    journal->discard(stream);
    const auto ledger = journal->ledger(stream);
    EXPECT_EQ(ledger.accepted, 11);
    EXPECT_EQ(ledger.purged, 11);
    EXPECT_EQ(ledger.backlog, 0);
    EXPECT_TRUE(is_balanced(ledger));
    EXPECT_THAT(journal->dead_letters(stream, 0, 10), IsEmpty());
}

// A stream whose destination was removed: it has ten pending events and the dead letter 1, and nobody owns it.
class RemovedStreamTest : public KafkaJournalTest {
protected:
    void leave(KafkaJournal& journal, Stream stream) {
        const Worker worker(journal, stream, [](const std::string& text) { return text != "bad"; });
        ASSERT_FALSE(append(journal, stream, "bad"));
        ASSERT_TRUE(eventually([&] { return journal.dead_letter_usage(stream).count == 1; }));
        journal.release(stream, ReleaseReason::removed);
        ASSERT_TRUE(eventually([&] { return !worker.owns(); }));
        append_all(journal, stream, "event ", 10);
    }

    static WriteBatch purge(Stream stream) {
        WriteBatch batch;
        batch.removed.emplace_back(stream, 1);
        return batch;
    }
};

TEST_F(RemovedStreamTest, AnyProcessPurgesItsDeadLetters) {
    const auto former = open();
    const auto stream = former->create_or_open_stream("customerio");
    leave(*former, stream);
    const auto other = open();
    const auto found = other->find_stream("customerio");
    ASSERT_TRUE(found);
    ASSERT_FALSE(append(*other, purge(*found)));
    EXPECT_THAT(other->dead_letters(*found, 0, 10), IsEmpty());
    EXPECT_EQ(other->pending(*found), 10);
    const auto ledger = other->ledger(*found);
    EXPECT_EQ(ledger.purged, 1);
    EXPECT_EQ(ledger.backlog, 10);
    EXPECT_TRUE(is_balanced(ledger));
    // It gives the stream back, also so that the former owner can do the same.
    EXPECT_TRUE(eventually([&] { return former->cluster()->streams.empty(); }));
    ASSERT_FALSE(append(*former, purge(stream)));
    EXPECT_EQ(former->pending(stream), 10);
}

TEST_F(RemovedStreamTest, ACommandThatNobodyCarriesOutIsNoPendingEvent) {
    auto slow = fast;
    slow.claim_after = 60s;  // who has given it up waits for others so long before it claims it again
    const auto journal = open(slow);
    const auto stream = journal->create_or_open_stream("customerio");
    leave(*journal, stream);
    EXPECT_EQ(append(*journal, purge(stream)), boost::system::errc::timed_out);
    EXPECT_EQ(journal->pending(stream), 10);
    const auto ledger = journal->ledger(stream);
    EXPECT_EQ(ledger.accepted, 11);
    EXPECT_EQ(ledger.backlog, 10);
    EXPECT_TRUE(is_balanced(ledger));
}

// ---- Records of the ledger that should not be there ----

// Writes a record of the ledger as the owner that wrote its last one.
class ForgedLedgerTest : public KafkaJournalTest {
protected:
    void forge(const Delta& delta) {
        const TopicNames topics(options().topic_prefix, "customerio");
        auto header = last_header(topics.ledger);
        header.sequence += 1'000'000;
        boost::asio::io_context context;
        pintle::kafka::Producer producer(context, options().settings, [](boost::system::error_code, auto, bool) {});
        bool is_written = false;
        ASSERT_FALSE(producer.append(topics.ledger, encode_delta(header, delta),
                                     [&](boost::system::error_code error, std::int64_t) { is_written = !error; }));
        ASSERT_TRUE(eventually([&] {
            context.run_one_for(10ms);
            context.restart();
            return is_written;
        }));
    }

private:
    RecordHeader last_header(const std::string& topic) {
        pintle::kafka::BlockingReader reader(options().settings);
        RecordHeader header;
        const auto batch = reader.read(topic, 0, {3, 3, 1 << 20}, 10s);
        EXPECT_TRUE(batch) << batch.error().message();
        for (const auto& record : batch->records) header = decode_ledger_record(record.bytes)->header;
        return header;
    }
};

TEST_F(ForgedLedgerTest, ARecordThatContradictsTheLedgerIsIgnoredAndItsWriterBeginsAnew) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const auto follower = open();
    const auto followed = follower->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    append_all(*journal, stream, "event ", 10);
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 10; }));
    Delta twice;
    twice.acked.add(Range{0, 5});
    forge(twice);
    ASSERT_TRUE(eventually([&] { return worker.ownerships() == 2 && worker.owns(); }));
    append_all(*journal, stream, "later ", 10);
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 20; }));
    EXPECT_TRUE(is_balanced(journal->ledger(stream)));
    ASSERT_TRUE(eventually([&] { return follower->ledger(followed).delivered == 20; }));
    EXPECT_EQ(journal->usage().error, "");
}

// ---- Opening ----

TEST_F(KafkaJournalTest, SaysWhichBrokersCannotBeReached) {
    auto unreachable = options();
    unreachable.settings = {{"bootstrap.servers", "127.0.0.1:1"}};
    unreachable.open_timeout = 200ms;
    EXPECT_THAT([&] { open(unreachable); }, testing::ThrowsMessage<std::runtime_error>(testing::StartsWith(
                                                "no Kafka broker can be reached at 127.0.0.1:1: ")));
}

TEST_F(KafkaJournalTest, SaysWhichTopicIsMissing) {
    auto without = options();
    without.create_topics = false;
    const auto journal = open(without);
    EXPECT_THAT(
        [&] { journal->create_or_open_stream("customerio"); },
        testing::ThrowsMessage<std::runtime_error>(
            "these topics do not exist, or this node may not Describe them: SaysWhichTopicIsMissing.customerio, "
            "SaysWhichTopicIsMissing.customerio.ledger, SaysWhichTopicIsMissing.customerio.dead; create them, as "
            "journal.kafka.create_topics is false"));
}

TEST_F(KafkaJournalTest, OpensNoStreamWhoseTopicHasTooFewReplicas) {
    {
        open()->create_or_open_stream("customerio");
    }
    auto more = options();
    more.replication_factor = 3;
    const auto journal = open(more);
    EXPECT_THAT([&] { journal->create_or_open_stream("customerio"); },
                testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr("the number of replicas is 1, not 3")));
}

// A check for a start finds what the start would, and creates nothing.
TEST_F(KafkaJournalTest, ACheckFindsWhatTheOpeningWouldAndCreatesNothing) {
    auto options = this->options();
    for (int i = 0; i < 2; ++i) {
        const auto found = check_kafka_journal(options, {"customerio"});
        EXPECT_THAT(found.problems, IsEmpty());
        EXPECT_THAT(found.missing, SizeIs(4)) << "with the control topic";
    }
    options.create_topics = false;
    EXPECT_THAT(check_kafka_journal(options, {"customerio"}).problems,
                ElementsAre(HasSubstr("journal.kafka.create_topics is false")));
    options.create_topics = true;
    options.replication_factor = 5;
    EXPECT_THAT(check_kafka_journal(options, {"customerio"}).problems,
                Contains(HasSubstr("cannot be created: ")).Times(4));
    options.replication_factor = 1;
    open(options)->create_or_open_stream("customerio");
    const auto opened = check_kafka_journal(options, {"customerio"});
    EXPECT_THAT(opened.problems, IsEmpty());
    EXPECT_THAT(opened.missing, IsEmpty());
    options.replication_factor = 3;
    EXPECT_THAT(check_kafka_journal(options, {"customerio"}).problems,
                Contains(HasSubstr("the number of replicas is 1, not 3 or more")).Times(3));
}

// A wrong prefix, or a topic of somebody else.
TEST_F(KafkaJournalTest, CreatesNoTopicsBesideOneThatCannotBeUsed) {
    const TopicNames topics(options().topic_prefix, "customerio");
    create_topic(topics.events, 2);
    const auto journal = open();
    EXPECT_THAT([&] { journal->create_or_open_stream("customerio"); },
                testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr("the number of partitions is 2, not 1")));
    EXPECT_THAT(topic_names(options().topic_prefix), ElementsAre(topics.events));
}

TEST_F(KafkaJournalTest, UsesNoPrefixThatBeginsWithAnotherClustersAndAPoint) {
    const auto journal = open();
    journal->create_or_open_stream("customerio");
    auto inner = options();
    inner.topic_prefix += ".customerio";
    EXPECT_THAT([&] { open(inner); }, testing::ThrowsMessage<std::runtime_error>(testing::HasSubstr(
                                          "cannot be used beside \"" + options().topic_prefix + "\"")));
}

TEST_F(KafkaJournalTest, SaysThatATopicThatItUsesIsDeleted) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    const TopicNames topics(options().topic_prefix, "customerio");
    delete_topics({topics.events, topics.ledger, topics.dead_letters});
    EXPECT_TRUE(eventually([&] { return journal->usage().error == "topic " + topics.events + " does not exist"; }));
}

// ---- Records of others ----

TEST_F(KafkaJournalTest, ARecordOfSomebodyElseIsLostAndLaterEventsAreDelivered) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    Deliveries deliveries;
    const Worker worker(*journal, stream, deliveries.all());
    const TopicNames topics(options().topic_prefix, "customerio");
    ASSERT_FALSE(append(*journal, stream, "before"));
    append_late(topics.events, "hello", 0s);
    append_late(topics.events, "", 0s);
    ASSERT_FALSE(append(*journal, stream, "after"));
    EXPECT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 2; }));
    EXPECT_THAT(deliveries.texts(), ElementsAre("before", "after"));
    EXPECT_EQ(journal->ledger(stream).lost, 2);
    EXPECT_EQ(journal->pending(stream), 0);
    EXPECT_TRUE(is_balanced(journal->ledger(stream)));
}

// The end of a transaction has an offset and no record.
TEST_F(KafkaJournalTest, AnOffsetWithoutARecordIsLostAndLaterEventsAreDelivered) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    ASSERT_FALSE(append(*journal, stream, "before"));
    append_in_transaction(TopicNames(options().topic_prefix, "customerio").events, "hello");
    // The broker writes the end a moment later.
    EXPECT_TRUE(eventually([&, number = 0]() mutable {
        return append(*journal, stream, "after " + std::to_string(++number)) || journal->ledger(stream).lost == 2;
    }));
    EXPECT_EQ(journal->ledger(stream).lost, 2);
    EXPECT_TRUE(eventually([&] { return journal->pending(stream) == 0; }));
    EXPECT_TRUE(is_balanced(journal->ledger(stream)));
}

TEST_F(KafkaJournalTest, ARecordOfANewerVersionEndsTheDeliveryUntilItIsDeleted) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    Worker worker(*journal, stream, [](const std::string&) { return true; });
    const TopicNames topics(options().topic_prefix, "customerio");
    ASSERT_FALSE(append(*journal, stream, "before"));
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 1; }));
    append_late(topics.events, "\x0e later", 0s);
    ASSERT_TRUE(eventually([&] { return !journal->cluster()->streams.front().refusal.empty() && !worker.owns(); }));
    EXPECT_EQ(journal->cluster()->streams.front().refusal,
              "a record was written by a newer version of pintle (topic " + topics.events + ", offset 1)");
    // Events are accepted, and listed as pending.
    EXPECT_EQ(journal->usage().error, "");
    ASSERT_FALSE(append(*journal, stream, "after"));
    EXPECT_EQ(journal->pending(stream), 2);
    const auto pending = journal->read(stream, journal->first_pending(stream) - 1, 10, 1000);
    ASSERT_EQ(pending.size(), 1);
    EXPECT_EQ(text_of(pending.front().bytes), "after");
    delete_before(topics.events, 2);
    EXPECT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 2; }));
    EXPECT_EQ(journal->ledger(stream).lost, 1);
    EXPECT_EQ(journal->cluster()->streams.front().refusal, "");
}

TEST_F(KafkaJournalTest, ForgetsARemovedStreamOnceItsTopicsAreDeleted) {
    auto journal = open();
    const auto kept = journal->create_or_open_stream("customerio");
    const auto removed = journal->create_or_open_stream("second dest");
    const Worker worker(*journal, kept, [](const std::string&) { return true; });
    {
        const Worker second(*journal, removed, [](const std::string&) { return true; });
        ASSERT_FALSE(append(*journal, removed, "delivered"));
        ASSERT_TRUE(eventually([&] { return journal->ledger(removed).delivered == 1; }));
    }
    journal->release(removed, ReleaseReason::removed);
    const auto is_listed = [&] {
        return std::ranges::any_of(journal->cluster()->streams,
                                   [](const auto& each) { return each.name == "second dest"; });
    };
    EXPECT_TRUE(eventually([&] { return !is_listed(); }));  // nobody owns it, and no destination has its name

    const TopicNames topics(options().topic_prefix, "second dest");
    delete_topics({topics.events, topics.ledger, topics.dead_letters});
    ASSERT_TRUE(eventually([&] { return !journal->find_stream("second dest"); }));
    EXPECT_THAT(journal->streams(), ElementsAre("customerio"));
    EXPECT_EQ(journal->usage().error, "");
    EXPECT_FALSE(append(*journal, kept, "later"));
    EXPECT_TRUE(eventually([&] { return journal->ledger(kept).delivered == 1; }));

    const auto again = journal->create_or_open_stream("second dest");
    EXPECT_EQ(journal->ledger(again).accepted, 0);
    EXPECT_FALSE(append(*journal, again, "new"));
    EXPECT_EQ(journal->ledger(again).accepted, 1);
}

TEST_F(KafkaJournalTest, EndsAlthoughTopicsThatItReadsAreDeleted) {
    auto journal = open();
    const auto kept = journal->create_or_open_stream("customerio");
    const auto broken = journal->create_or_open_stream("second");
    {
        const Worker other(*journal, kept, [](const std::string&) { return true; });  // it wants a stream that works
        const Worker worker(*journal, broken, [](const std::string&) { return true; });
        ASSERT_TRUE(eventually([&] { return worker.owns(); }));
        const TopicNames topics(options().topic_prefix, "second");
        delete_topics({topics.events, topics.ledger, topics.dead_letters});
        ASSERT_TRUE(eventually([&] { return !journal->has_room(broken); }));
        EXPECT_TRUE(journal->has_room(kept));
        EXPECT_FALSE(append(*journal, kept, "accepted"));
    }
    auto ended = std::async(std::launch::async, [&] { journal.reset(); });
    if (ended.wait_for(60s) != std::future_status::ready) {
        std::cerr << "the journal does not end\n";
        std::abort();  // otherwise the test would wait for it without a limit
    }
}

TEST_F(KafkaJournalTest, RenamesNoStream) {
    const auto journal = open();
    EXPECT_THROW(journal->rename_streams({{"customerio", "other", {}}}), std::runtime_error);
}

// ---- Brokers that fail ----

class BrokerFailureTest : public KafkaJournalTest {
protected:
    // A test that fails meanwhile leaves the broker to the next one as it was.
    ~BrokerFailureTest() override {
        if (is_paused_) static_cast<void>(pintle::kafka::test_broker().run("resume 1"));
    }
    void pause() { is_paused_ = pintle::kafka::test_broker().run("pause 1"); }
    void resume() { is_paused_ = !pintle::kafka::test_broker().run("resume 1"); }

private:
    bool is_paused_ = false;
};

TEST_F(BrokerFailureTest, NothingIsSentOrAcceptedWhileTheBrokerStands) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    Deliveries deliveries;
    const Worker worker(*journal, stream, deliveries.all());
    ASSERT_FALSE(append(*journal, stream, "before"));
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 1; }));
    pause();
    ASSERT_TRUE(eventually([&] { return !journal->may_send(stream); }));
    if (journal->has_room(stream)) {
        EXPECT_TRUE(append(*journal, stream, "meanwhile"));
    }
    ASSERT_TRUE(eventually([&] { return !journal->has_room(stream); }));
    EXPECT_TRUE(append(*journal, stream, "rejected"));
    ASSERT_TRUE(eventually([&] { return journal->usage().error.starts_with("no Kafka broker answers: "); }));
    EXPECT_THAT(deliveries.texts(), ElementsAre("before"));
    resume();
    ASSERT_TRUE(eventually([&] { return journal->has_room(stream) && journal->may_send(stream); }));
    ASSERT_FALSE(append(*journal, stream, "after"));
    ASSERT_TRUE(eventually([&] { return deliveries.size() >= 2 && deliveries.texts().back() == "after"; }));
    EXPECT_TRUE(eventually([&] { return journal->usage().error.empty(); }));  // the brokers are asked once a second
    // What was answered with an error may turn up; what was rejected at once does not.
    for (const auto& text : deliveries.texts()) EXPECT_THAT(text, testing::AnyOf("before", "meanwhile", "after"));
}

// An append is in flight when the command is given, so that the command waits in the process and not in the client.
TEST_F(BrokerFailureTest, ACommandThatWaitsForTheBrokerIsDroppedByAnOwnerThatStayed) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    CommandLog commands(*journal, stream);
    ASSERT_TRUE(eventually([&] { return worker.owns(); }));
    ASSERT_FALSE(append(*journal, stream, "before"));
    pause();
    WriteBatch batch;
    batch.records.push_back({stream, record_of("in flight", "in flight")});
    journal->append(std::move(batch), [](boost::system::error_code) {});
    EXPECT_EQ(submit(*journal, stream, "late"), boost::system::errc::timed_out);
    resume();
    ASSERT_TRUE(eventually([&] { return journal->has_room(stream) && journal->may_send(stream); }));
    EXPECT_FALSE(submit(*journal, stream, "in time"));
    EXPECT_THAT(commands.end(), ElementsAre("in time"));
}

TEST_F(BrokerFailureTest, GoesOnAfterARestartOfTheBroker) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    Deliveries deliveries;
    const Worker worker(*journal, stream, [&](const std::string& text) {
        deliveries.add(text);
        return text != "bad";
    });
    ASSERT_FALSE(append(*journal, stream, "before"));
    ASSERT_FALSE(append(*journal, stream, "bad"));
    ASSERT_TRUE(pintle::kafka::test_broker().run("kill 1"));
    ASSERT_TRUE(eventually([&] { return !journal->may_send(stream) && !journal->has_room(stream); }));
    ASSERT_TRUE(pintle::kafka::test_broker().run("start-node 1"));
    ASSERT_TRUE(eventually([&] { return journal->has_room(stream); }));
    ASSERT_FALSE(append(*journal, stream, "after"));
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).resolved() == 3; }));
    EXPECT_EQ(deliveries.texts().back(), "after");
    EXPECT_EQ(journal->ledger(stream).dead_lettered, 1);
    EXPECT_TRUE(is_balanced(journal->ledger(stream)));
}

// ---- Size ----

TEST_F(KafkaJournalTest, AFullStreamTakesNothingMore) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    append_all(*journal, stream, "event ", 100);
    EXPECT_GE(journal->stream_usage(stream).bytes, 100 * record_of("event 1", "event 1").size());
    journal->set_share(stream, 1000);
    ASSERT_TRUE(eventually([&] { return !journal->has_room(stream); }));
    EXPECT_TRUE(journal->has_room());
    EXPECT_TRUE(append(*journal, stream, "too much"));
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    ASSERT_TRUE(eventually([&] { return journal->has_room(stream); }));
}

TEST_F(KafkaJournalTest, DeliversAHundredThousandPendingEventsAfterARestart) {
    constexpr int count = 100'000;
    {
        const auto journal = open();
        append_all(*journal, journal->create_or_open_stream("customerio"), "event ", count);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    EXPECT_EQ(journal->pending(stream), count);
    Deliveries deliveries;
    const Worker worker(*journal, stream, deliveries.all());
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == count; }));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << count << " events in " << took.count() << " s after the restart\n";
    EXPECT_EQ(deliveries.texts(), numbered("event ", count));
    EXPECT_TRUE(is_balanced(journal->ledger(stream)));
}

TEST_F(KafkaJournalTest, PurgesMoreLettersThanOneRecordNames) {
    constexpr int count = 25'000;
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return false; });
    append_all(*journal, stream, "bad ", count);
    ASSERT_TRUE(eventually([&] { return journal->dead_letter_usage(stream).count == count; }));
    WriteBatch purge;
    for (std::uint64_t after = 0;;) {
        const auto letters = journal->dead_letters(stream, after, 10'000);
        for (const auto& letter : letters) purge.removed.emplace_back(stream, letter.id);
        if (letters.empty()) break;
        after = letters.back().id;
    }
    EXPECT_EQ(purge.removed.size(), count);
    ASSERT_FALSE(append(*journal, std::move(purge)));
    EXPECT_EQ(journal->ledger(stream).purged, count);
    EXPECT_EQ(journal->dead_letter_usage(stream).count, 0);
}

TEST_F(KafkaJournalTest, ReadsPendingRecordsOverTheGapsOfAckedOnes) {
    const auto journal = open();
    const auto stream = journal->create_or_open_stream("customerio");
    std::promise<void> began;
    journal->subscribe_ownership(stream, [&](OwnershipChange change) {
        if (change == OwnershipChange::began) began.set_value();
    });
    ASSERT_EQ(began.get_future().wait_for(60s), std::future_status::ready);
    append_all(*journal, stream, "event ", 1000);
    ASSERT_TRUE(eventually([&] { return journal->last(stream) == 1000; }));
    for (Offset offset = 1; offset <= 1000; ++offset) {
        if (offset % 10 != 0) journal->ack(stream, offset);
    }
    ASSERT_TRUE(eventually([&] { return journal->unwritten_acks(stream) == 0; }));
    // By the next owner, which has nothing in memory.
    journal->subscribe_ownership(stream, {});
    journal->close();
    const auto next = open();
    const auto found = next->create_or_open_stream("customerio");
    EXPECT_EQ(next->first_pending(found), 10);
    EXPECT_EQ(next->pending(found), 100);
    const auto records = next->read(found, 10, 50, 1 << 20);
    ASSERT_EQ(records.size(), 50);
    EXPECT_EQ(records.front().offset, 20);
    EXPECT_EQ(records.back().offset, 510);
    EXPECT_EQ(text_of(records.back().bytes), "event 509");
    EXPECT_THAT(next->read(found, 1000, 50, 1 << 20), IsEmpty());
    EXPECT_EQ(next->read(found, 0, 1000, 1).size(), 1);
}

// ---- Maintenance ----

class MaintenanceTest : public KafkaJournalTest {
protected:
    // Whether a record of a topic is deleted.
    bool is_cut(const std::string& topic, std::int64_t record = 0) {
        const auto read = reader_.read(topic, record, {record + 1, 1, 1}, 10s);
        return !read && read.error() == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
    }

    // Copies events that keep 400 records or more.
    std::unique_ptr<KafkaJournal> open_copying() const {
        const MaintenanceTiming often{.deletion_interval = 100ms, .copies = {.min_records = 400, .min_bytes = 1}};
        return std::make_unique<KafkaJournal>(options(), fast, often);
    }

    // Returns once the process owns the stream. The test acks its events itself.
    static void own(Journal& journal, Stream stream) {
        auto owns = std::make_shared<std::atomic<bool>>(false);
        journal.subscribe_ownership(stream,
                                    [owns](OwnershipChange change) { *owns = change == OwnershipChange::began; });
        ASSERT_TRUE(eventually([&] { return owns->load(); }));
    }

    static std::vector<std::string> pending_texts(const Journal& journal, Stream stream) {
        std::vector<std::string> texts;
        for (const auto& record : journal.read(stream, 0, 10, 1 << 20)) texts.push_back(text_of(record.bytes));
        return texts;
    }

    std::unique_ptr<KafkaJournal> open_busy(std::chrono::milliseconds window) const {
        auto with_window = options();
        with_window.dedupe_window = window;
        const MaintenanceTiming often{.snapshot_interval = 100ms, .snapshot_records = 3, .deletion_interval = 100ms};
        return std::make_unique<KafkaJournal>(with_window, fast, often);
    }

    pintle::kafka::BlockingReader reader_{options().settings};
};

TEST_F(MaintenanceTest, DeletesWhatIsDoneWithAndANewProcessKnowsTheSame) {
    Ledger before;
    std::uint64_t letter = 0;
    const TopicNames topics(options().topic_prefix, "customerio");
    {
        const auto journal = open_busy(1ms);
        const auto stream = journal->create_or_open_stream("customerio");
        const Worker worker(*journal, stream, [&](const std::string& text) { return !text.starts_with("bad"); });
        append_all(*journal, stream, "event ", 100);
        append_all(*journal, stream, "bad ", 2);
        ASSERT_TRUE(eventually([&] { return journal->dead_letter_usage(stream).count == 2; }));
        const auto letters = journal->dead_letters(stream, 0, 10);
        ASSERT_EQ(letters.size(), 2);
        letter = letters[1].id;
        WriteBatch purge;
        purge.removed.emplace_back(stream, letters[0].id);
        ASSERT_FALSE(append(*journal, std::move(purge)));
        journal->set_metadata(stream, "region", "eu");
        ASSERT_TRUE(
            eventually([&] { return is_cut(topics.events) && is_cut(topics.dead_letters) && is_cut(topics.ledger); }));
        before = journal->ledger(stream);
    }
    const auto journal = open_busy(1ms);
    const auto stream = journal->create_or_open_stream("customerio");
    const auto after = journal->ledger(stream);
    EXPECT_EQ(after.accepted, 102);
    EXPECT_EQ(after.delivered, 100);
    EXPECT_EQ(after.retained, 1);
    EXPECT_EQ(after.purged, 1);
    EXPECT_EQ(after.backlog, 0);
    EXPECT_EQ(after.accepted, before.accepted);
    EXPECT_TRUE(is_balanced(after));
    EXPECT_EQ(journal->metadata(stream, "region"), "eu");
    const auto letters = journal->dead_letters(stream, 0, 10);
    ASSERT_EQ(letters.size(), 1);
    EXPECT_EQ(letters[0].id, letter);
    Deliveries deliveries;
    const Worker worker(*journal, stream, deliveries.all());
    ASSERT_FALSE(append(*journal, stream, "later"));
    ASSERT_TRUE(eventually([&] { return deliveries.size() == 1; }));
    EXPECT_THAT(deliveries.texts(), ElementsAre("later"));
}

TEST_F(MaintenanceTest, CopiesAFewPendingEventsThatKeepAllOthers) {
    const TopicNames topics(options().topic_prefix, "customerio");
    std::unique_ptr<KafkaJournal> next;
    {
        const auto journal = open_copying();
        const auto stream = journal->create_or_open_stream("customerio");
        own(*journal, stream);
        append_all(*journal, stream, "event ", 1000);
        ASSERT_TRUE(eventually([&] { return journal->last(stream) == 1000; }));
        for (Offset offset = 1; offset <= 1000; ++offset) {
            if (offset != 3 && offset != 5 && offset != 900) journal->ack(stream, offset);
        }
        // The copies of the first two are the records 1000 and 1001.
        ASSERT_TRUE(eventually([&] { return is_cut(topics.events, 898); }));
        EXPECT_FALSE(is_cut(topics.events, 899));
        EXPECT_EQ(journal->first_pending(stream), 3);
        EXPECT_EQ(journal->last(stream), 1002);
        EXPECT_EQ(journal->pending(stream), 3);
        const std::vector<std::string> texts{"event 2", "event 4", "event 899"};
        EXPECT_EQ(pending_texts(*journal, stream), texts);
        // Another process has nothing in memory.
        next = open_copying();
        EXPECT_EQ(pending_texts(*next, next->create_or_open_stream("customerio")), texts);
        EXPECT_TRUE(is_balanced(journal->ledger(stream)));
        EXPECT_EQ(journal->ledger(stream).accepted, 1000);
        // The one that stays pending is copied from its copy.
        journal->ack(stream, 5);
        journal->ack(stream, 900);
        append_all(*journal, stream, "more ", 1000);
        ASSERT_TRUE(eventually([&] { return journal->last(stream) >= 2002; }));
        for (Offset offset = 1003; offset <= 2002; ++offset) journal->ack(stream, offset);
        ASSERT_TRUE(eventually([&] { return is_cut(topics.events, 2000); }));
        ASSERT_FALSE(append(*journal, stream, "later"));
        ASSERT_TRUE(eventually([&] { return journal->last(stream) == 2004; }));
        EXPECT_EQ(journal->pending(stream), 2);
        journal->subscribe_ownership(stream, {});
    }
    const auto stream = *next->find_stream("customerio");
    own(*next, stream);
    ASSERT_TRUE(eventually([&] { return next->last(stream) == 2004; }));
    EXPECT_EQ(next->first_pending(stream), 3);
    const auto records = next->read(stream, 0, 10, 1 << 20);
    ASSERT_EQ(records.size(), 2);
    EXPECT_EQ(records.front().offset, 3);
    EXPECT_EQ(text_of(records.front().bytes), "event 2");
    EXPECT_EQ(text_of(records.back().bytes), "later");
    for (const auto& record : records) next->ack(stream, record.offset);
    EXPECT_EQ(next->first_pending(stream), 2005);
    ASSERT_TRUE(eventually([&] { return next->ledger(stream).backlog == 0; }));
    const auto ledger = next->ledger(stream);
    EXPECT_EQ(ledger.accepted, 2001);
    EXPECT_EQ(ledger.delivered, 2001);
    EXPECT_TRUE(is_balanced(ledger));
    next->subscribe_ownership(stream, {});
}

TEST_F(MaintenanceTest, KeepsTheMessagesOfTheWindowInTheLedger) {
    {
        const auto journal = open_busy(1h);
        const auto stream = journal->create_or_open_stream("customerio");
        const Worker worker(*journal, stream, [](const std::string&) { return true; });
        append_all(*journal, stream, "event ", 10);
        const TopicNames topics(options().topic_prefix, "customerio");
        ASSERT_TRUE(eventually([&] { return is_cut(topics.events); }));
        EXPECT_FALSE(is_cut(topics.ledger));
    }
    const auto journal = open_busy(1h);
    const auto stream = journal->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    ASSERT_FALSE(append(*journal, stream, "event 3"));
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).resolved() == 11; }));
    EXPECT_EQ(journal->ledger(stream).duplicates, 1);
}

TEST_F(MaintenanceTest, AProcessThatReadsNothingForLongReadsTheSnapshot) {
    const auto journal = open_busy(1ms);
    const auto stream = journal->create_or_open_stream("customerio");
    const auto follower = open_busy(1ms);
    const auto followed = follower->create_or_open_stream("customerio");
    const Worker worker(*journal, stream, [](const std::string&) { return true; });
    // The follower's thread stands still, until its next record of the ledger is deleted.
    std::promise<void> resume;
    std::promise<void> stands;
    follower->submit(followed, "command", [&](boost::system::error_code) {
        stands.set_value();
        resume.get_future().wait();
    });
    journal->subscribe_commands(stream, [](std::string_view, const std::function<void()>& done) { done(); });
    ASSERT_EQ(stands.get_future().wait_for(60s), std::future_status::ready);
    const auto read = follower->ledger(followed);
    append_all(*journal, stream, "event ", 50);
    const TopicNames topics(options().topic_prefix, "customerio");
    ASSERT_TRUE(eventually([&] { return journal->ledger(stream).delivered == 50 && is_cut(topics.ledger); }));
    EXPECT_EQ(follower->ledger(followed).delivered, read.delivered);
    resume.set_value();
    ASSERT_TRUE(eventually([&] { return follower->ledger(followed).delivered == 50; }));
    journal->subscribe_commands(stream, {});
}

}  // namespace
}  // namespace pintle::journal::kafka
