#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include "pintle/base/time.hpp"
#include "pintle/kafka/client.hpp"

namespace pintle::kafka {

struct TopicPartition {
    std::string topic;
    std::int32_t number = 0;

    auto operator<=>(const TopicPartition&) const = default;
};

// A record of a topic.
struct GroupRecord {
    std::int64_t offset = 0;
    std::string value;
    std::optional<WallTime> time;  // of the producer or the broker, as the topic is configured
};

// Told what a GroupConsumer is assigned, on the io_context's thread. None of the methods may destroy the consumer.
class GroupListener {
public:
    virtual ~GroupListener() = default;

    // From now on records of these can be taken, once there are some.
    virtual void on_assigned(std::span<const TopicPartition> partitions) = 0;

    // The group gives these to another member: take no more of their records. Call `release` once the offsets of what
    // was taken are stored; it commits them. The group waits for that. `is_lost`: it has not waited, and what is stored
    // now is not committed; another member may read these records already.
    virtual void on_revoked(std::span<const TopicPartition> partitions, bool is_lost,
                            std::function<void()> release) = 0;

    // There are records to take, after there were none.
    virtual void on_available(const TopicPartition& partition) = 0;

    // The offsets that were stored are committed, or why not.
    virtual void on_committed(boost::system::error_code error) = 0;

    // The consumer goes on by itself unless the error is fatal: then it has to be made anew.
    virtual void on_error(boost::system::error_code error, std::string_view message, bool is_fatal) = 0;
};

// A member of a consumer group that reads topics. Each partition has a queue of its own, from which the caller takes
// records when it wants: where it takes none, little is fetched. What is stored is committed every second, and when
// partitions are revoked. All methods are on the io_context's thread.
class GroupConsumer {
public:
    // Throws std::runtime_error with a message for people if a setting is wrong. The io_context and the listener must
    // outlive it.
    GroupConsumer(boost::asio::io_context& context, const Settings& settings, const std::string& group,
                  const std::vector<std::string>& topics, GroupListener& listener);
    // Without `close` the group notices only after its session timeout that this member is gone.
    ~GroupConsumer();
    GroupConsumer(const GroupConsumer&) = delete;
    GroupConsumer& operator=(const GroupConsumer&) = delete;

    // Takes the next records, oldest first, at most `limit`. None if there are none or the partition is not assigned.
    std::vector<GroupRecord> take(const TopicPartition& partition, std::size_t limit);

    // All before `next` are done with.
    void store(const TopicPartition& partition, std::int64_t next);

    // One past the newest record of the partition and the oldest one that is not deleted, as the broker last said.
    struct Watermarks {
        std::int64_t low = 0;
        std::int64_t high = 0;
    };
    std::optional<Watermarks> watermarks(const TopicPartition& partition) const;

    // The next record of the partition, where all before it were taken or there is none yet.
    std::optional<std::int64_t> end(const TopicPartition& partition) const;

    // Gives the partitions back, which the listener is told, and leaves the group. Poll `is_closed` then.
    void close();
    bool is_closed() const;

    // Call it at least every few seconds: the group takes a member that does not poll for dead.
    void poll();

private:
    struct Assigned {
        Queue queue;
        std::shared_ptr<QueueWatcher> watcher;
        std::optional<std::int64_t> end;
    };

    bool drain();
    void take_event(rd_kafka_event_t* event);
    void rebalance(rd_kafka_event_t* event);
    void assign(const rd_kafka_topic_partition_list_t& partitions);
    void revoke(const rd_kafka_topic_partition_list_t& partitions);
    void unassign(const std::vector<TopicPartition>& partitions);
    bool is_cooperative() const;

    boost::asio::io_context& context_;
    GroupListener& listener_;
    std::map<TopicPartition, Assigned> assigned_;
    // Expires with the consumer: what the listener still has to call then does nothing.
    std::shared_ptr<GroupConsumer*> self_;
    rd_kafka_t* handle_ = nullptr;  // needs its own way of destruction
    Queue queue_;
    std::shared_ptr<QueueWatcher> watcher_;
    bool closing_ = false;
};

// What brokers say about a topic.
struct TopicReport {
    std::string topic;
    std::size_t partitions = 0;
    std::string problem;      // empty: it can be read
    std::size_t matches = 0;  // topics that a regular expression matches, which `partitions` are of
};

struct ClusterReport {
    std::size_t brokers = 0;
    std::vector<TopicReport> topics;
    std::string problem;  // why no broker answered; empty: one did
};

// Asks the brokers for the topics, or only whether one answers if there are none. Blocks for `timeout` a topic at most,
// and shorter where a broker refuses the password or a certificate. Throws std::runtime_error with a message for people
// if a setting is wrong.
ClusterReport ask_brokers(const Settings& settings, const std::vector<std::string>& topics,
                          std::chrono::milliseconds timeout);

// A broker that does not answer.
struct SilentBroker {
    std::string address;
    std::string problem;
};

// Asks each broker of `bootstrap.servers` alone, in their order. Those that do not answer within `timeout`, and why.
// Blocks for `timeout` a broker at most. Throws like `ask_brokers`.
std::vector<SilentBroker> find_silent_brokers(const Settings& settings, std::chrono::milliseconds timeout);

}  // namespace pintle::kafka
