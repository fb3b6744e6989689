#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/kafka/client_config.hpp"

namespace pintle::kafka {

// The error codes of librdkafka (negative) and of Kafka's protocol (positive).
const boost::system::error_category& kafka_category() noexcept;

inline boost::system::error_code make_error(rd_kafka_resp_err_t error) {
    return {static_cast<int>(error), kafka_category()};
}

template <auto destroy>
struct Destroyer {
    template <class T>
    void operator()(T* object) const noexcept {
        destroy(object);
    }
};
using Handle = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;

// Tells an io_context when one of librdkafka's queues has something, by an eventfd that librdkafka writes to.
class QueueWatcher : public std::enable_shared_from_this<QueueWatcher> {
public:
    // Takes what the queue has. Returns whether it stopped before the queue was empty.
    using Drain = std::function<bool()>;

    // The queue must stay valid until `stop`. `drain` is called on the io_context.
    static std::shared_ptr<QueueWatcher> start(boost::asio::io_context& context, rd_kafka_queue_t* queue, Drain drain);

    // Call on the io_context's thread, or when it does not run. `drain` is not called afterwards.
    void stop();

    struct Impl;
    explicit QueueWatcher(std::unique_ptr<Impl> impl);
    ~QueueWatcher();
    QueueWatcher(const QueueWatcher&) = delete;
    QueueWatcher& operator=(const QueueWatcher&) = delete;

private:
    void wait();
    void drain();

    std::unique_ptr<Impl> impl_;
};

// Told about errors of a client as a whole, such as a broker that cannot be reached. librdkafka goes on by itself,
// unless the error is fatal: then the client has to be made anew.
using ClientErrorCallback = std::function<void(boost::system::error_code, std::string_view message, bool is_fatal)>;

// The io_context of a Producer, a Consumer or an Admin must outlive it. `settings` override those that the class sets.

// Appends records to topics of one partition. An append stays in order with those before it and never expires. All
// methods and callbacks are on the io_context's thread.
class Producer {
public:
    // Called once, in the order of the appends to a topic: without error once the record is on all in-sync replicas.
    using AppendCallback = std::function<void(boost::system::error_code, std::int64_t offset)>;

    // Throws std::runtime_error with a message for people if a setting is wrong.
    Producer(boost::asio::io_context& context, const Settings& settings, ClientErrorCallback on_error);
    // Gives up the appends that wait; their callbacks are not called. Blocks for at most as long as it takes to close
    // connections.
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    // The record's time is that of this call, or up to 0.1 s later, however long it waits for a broker. Returns an
    // error where the record cannot be queued; `done` is then not called. Where a record cannot be sent later on, it
    // fails and with it all that wait behind it for the same topic, so that none overtakes it.
    boost::system::error_code append(const std::string& topic, std::string bytes, AppendCallback done);

    std::size_t waiting() const noexcept { return appends_.size(); }  // appends without a callback yet

private:
    struct OpenTopic;
    struct Append {
        OpenTopic* topic = nullptr;
        std::string bytes;  // librdkafka does not copy them
        AppendCallback done;
        WallTime time;
    };
    using Appends = std::unordered_map<std::uintptr_t, Append>;
    // While a request is in flight, librdkafka 2.0.2 polls without a pause if it has more to send. It is given the next
    // records when it has none, so that a broker that does not answer costs no CPU time.
    struct OpenTopic {
        Topic handle;
        std::deque<Appends::value_type*> held;  // of `appends_`
        std::size_t in_flight = 0;
    };

    bool drain();
    void take_error(rd_kafka_event_t* event);
    void take_reports(rd_kafka_event_t* event);
    OpenTopic* find_or_open(const std::string& topic);
    void flush_soon();
    void flush();
    void flush(OpenTopic& topic);
    rd_kafka_resp_err_t produce(const OpenTopic& topic, const rd_kafka_message_t& message, WallTime time);
    void produce_with_times(const OpenTopic& topic, std::span<rd_kafka_message_t> messages);
    void wake_after_linger();
    void fail(OpenTopic& topic, boost::system::error_code error);

    boost::asio::io_context& context_;
    ClientErrorCallback on_error_;
    std::uintptr_t next_ = 1;  // the key of the next append
    Appends appends_;          // without a callback yet; outlives `handle_`, which reads their bytes
    std::size_t max_record_bytes_ = 0;
    std::shared_ptr<bool> flushing_ = std::make_shared<bool>(false);  // soon; a flush that is begun does not outlive it
    boost::asio::steady_timer lingering_;
    bool is_lingering_ = false;
    std::chrono::steady_clock::time_point last_handed_over_;
    Handle handle_;
    std::map<std::string, OpenTopic, std::less<>> topics_;
    Queue queue_;
    std::shared_ptr<QueueWatcher> watcher_;
};

struct ConsumedRecord {
    std::int64_t offset = 0;
    std::string_view bytes;  // valid during the call
    WallTime appended;       // by the producer's or the broker's clock, as the topic is configured
};

// Told what a Consumer reads, on the io_context's thread. None of the methods may destroy the Consumer.
class ConsumerListener {
public:
    virtual ~ConsumerListener() = default;

    virtual void on_records(std::span<const ConsumedRecord> records) = 0;

    // All records before `next` are read, and the topic had no more when the broker answered.
    virtual void on_end(std::int64_t next) = 0;

    // The offset that was to be read is not there (any more): nothing is read until the next `start`.
    virtual void on_offset_out_of_range() = 0;

    // Reading goes on by itself unless the error is fatal.
    virtual void on_error(boost::system::error_code error, std::string_view message, bool is_fatal) = 0;
};

// Reads the one partition of a topic, in order. All methods are on the io_context's thread.
class Consumer {
public:
    static constexpr std::int64_t from_start = RD_KAFKA_OFFSET_BEGINNING;  // the oldest record that is not deleted
    static constexpr std::int64_t from_end = RD_KAFKA_OFFSET_END;          // only what is appended from now on

    // Throws std::runtime_error with a message for people if a setting is wrong. The listener must outlive it.
    Consumer(boost::asio::io_context& context, const Settings& settings, std::string topic, ConsumerListener& listener);
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    // Reads from that offset on. What was read and not delivered to the listener yet is dropped. A Consumer that starts
    // at `from_start` or `from_end` must never start at another offset afterwards: librdkafka 2.0.2 lets the late
    // answer to the query for the former move the position.
    boost::system::error_code start(std::int64_t offset);

    // Nothing is read until the next `start`. What was read and not delivered yet is dropped.
    void stop();

    // Ends it without waiting, as librdkafka can wait forever for a topic that was deleted. Nothing but the destructor
    // may be called afterwards.
    void abandon();

    // Stores the offset as that of the setting `group.id`, for tools that show the lag of groups. Nothing reads it, so
    // nobody is told whether the brokers take it.
    void commit(std::int64_t offset);

    // The log's oldest offset, as the broker said with the last records it sent; nothing before the first.
    std::optional<std::int64_t> log_start() const;

private:
    bool drain();
    void take_error(const rd_kafka_message_t& message);
    void end(std::chrono::milliseconds limit);
    std::optional<std::int64_t> log_end() const;

    std::string topic_;
    ConsumerListener& listener_;
    std::uint64_t starts_ = 0;
    rd_kafka_t* handle_ = nullptr;  // needs its own way of destruction
    Queue queue_;
    std::shared_ptr<QueueWatcher> watcher_;
};

struct TopicConfig {
    int replication_factor = 3;
    Settings settings;           // of the topic, such as retention.ms
    bool validate_only = false;  // the brokers only say whether they would create it
};

// Creates and examines topics. All methods and callbacks are on the io_context's thread; each callback is called once,
// at the latest when `timeout` is over, but not after the Admin is destroyed.
class Admin {
public:
    using Callback = std::function<void(boost::system::error_code, std::string_view message)>;
    using TopicSettings = std::map<std::string, std::string, std::less<>>;
    using DescribeCallback = std::function<void(boost::system::error_code, const TopicSettings&)>;
    using DeleteCallback = std::function<void(boost::system::error_code, std::int64_t log_start)>;

    Admin(boost::asio::io_context& context, const Settings& settings, std::chrono::milliseconds timeout);
    ~Admin();
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    // Creates a topic of one partition. The error is `topic already exists` where it does.
    void create_topic(const std::string& topic, const TopicConfig& config, Callback done);

    // The settings of a topic as they are in effect, with the brokers' defaults.
    void describe_topic(const std::string& topic, DescribeCallback done);

    // Deletes the records before that offset.
    void delete_records(const std::string& topic, std::int64_t before, DeleteCallback done);

private:
    using EventCallback = std::function<void(rd_kafka_event_t*)>;
    using Options = std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;

    bool drain();
    Options options(rd_kafka_admin_op_t operation, EventCallback done);

    std::chrono::milliseconds timeout_;
    std::uintptr_t next_ = 1;
    std::unordered_map<std::uintptr_t, EventCallback> callbacks_;
    Handle handle_;
    Queue queue_;
    std::shared_ptr<QueueWatcher> watcher_;
};

// What the brokers say about a topic.
struct TopicDescription {
    std::string name;
    int partitions = 0;
    int replicas = 0;         // of the partition that has fewest
    int in_sync = 0;          // likewise
    bool has_leaders = true;  // of each partition
};

// Reads topics of one partition in the calls themselves, which block for at most `timeout`. Thread-safe: calls wait for
// each other.
class BlockingReader {
public:
    // Throws std::runtime_error with a message for people if a setting is wrong.
    explicit BlockingReader(const Settings& settings);
    ~BlockingReader();
    BlockingReader(const BlockingReader&) = delete;
    BlockingReader& operator=(const BlockingReader&) = delete;

    boost::system::result<std::vector<TopicDescription>> topics(std::chrono::milliseconds timeout);  // all
    // Those topics, as far as they exist. Others may be among them.
    boost::system::result<std::vector<TopicDescription>> find(const std::vector<std::string>& names,
                                                              std::chrono::milliseconds timeout);

    struct Record {
        std::int64_t offset = 0;
        std::string bytes;
    };
    struct Limits {
        std::int64_t end = 0;  // only records before this offset, all of which were appended before the call
        std::size_t records = 0;
        std::size_t bytes = 0;  // no more once so many are read
    };
    struct Batch {
        std::vector<Record> records;
        std::int64_t next = 0;  // the one to read next
    };
    // The error is OFFSET_OUT_OF_RANGE where the record `from` is deleted. Never seek with a logical offset here or in
    // a Consumer that also starts at others: a late answer to the query for it moves the position (librdkafka 2.0.2).
    // Cheap where the last read ended at `from` and there was more.
    boost::system::result<Batch> read(const std::string& topic, std::int64_t from, Limits limits,
                                      std::chrono::milliseconds timeout);

    // Ends what the last read has left: asking the brokers for the records after it, so that the next read is cheap.
    void rest_if_unused(std::chrono::steady_clock::time_point since);

private:
    boost::system::result<std::vector<TopicDescription>> describe(bool all, std::chrono::milliseconds timeout);
    boost::system::error_code seek(const std::string& topic, std::int64_t from) REQUIRES(mutex_);
    void stop() REQUIRES(mutex_);
    boost::system::error_code read(Batch& batch, Limits limits, std::chrono::steady_clock::time_point until)
        REQUIRES(mutex_);

    rd_kafka_t* handle_ = nullptr;  // needs its own way of destruction
    Mutex mutex_;
    std::string topic_ GUARDED_BY(mutex_);  // that is being read; empty: none
    std::int64_t next_ GUARDED_BY(mutex_) = 0;
    std::chrono::steady_clock::time_point last_read_ GUARDED_BY(mutex_);
    std::map<std::string, Topic, std::less<>> known_ GUARDED_BY(mutex_);
};

}  // namespace pintle::kafka
