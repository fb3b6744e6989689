#include "pintle/kafka_source/topic_reader.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "offset_tracker.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/kafka/group_consumer.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::kafka_source {
namespace {

using kafka::TopicPartition;
using std::chrono::steady_clock;

constexpr std::size_t batch_size = 500;                    // records that are committed to the journal together
constexpr std::chrono::seconds poll_interval{1};           // of the consumer, and of its status
constexpr std::chrono::seconds end_timeout{5};             // for records in flight, and for leaving the group
constexpr std::chrono::milliseconds end_poll_interval{5};  // then
constexpr std::chrono::seconds restart_pause{10};          // after a fatal error
constexpr std::chrono::minutes error_interval{1};          // between two log lines of the same kind of error

std::string names_of(std::span<const TopicPartition> partitions) {
    std::string names;
    for (const auto& [topic, number] : partitions)
        names += (names.empty() ? "" : ", ") + topic + '[' + std::to_string(number) + ']';
    return names;
}

void rethrow(const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
}

}  // namespace

// All of it is on the io_context's thread, but for what the mutex guards.
class TopicReader::Reading final : private kafka::GroupListener {
public:
    Reading(boost::asio::io_context& io, ingest::Ingest& ingest, Options options)
        : io_(io), ingest_(ingest), options_(std::move(options)) {
        status_.source = options_.source;
        status_.group = options_.group;
    }

    void start() { boost::asio::co_spawn(io_, run(), rethrow); }

    void stop() {
        boost::asio::post(io_, [this] {
            is_stopping_ = true;
            wake_all();
        });
    }

    bool is_stopped() const noexcept { return is_stopped_; }

    ReaderStatus status() const {
        const MutexLock lock(mutex_);
        return status_;
    }

private:
    // An assignment of a partition. It ends when it is revoked or the reader stops.
    struct Partition {
        Partition(boost::asio::io_context& io, TopicPartition n, OffsetTracker::Assignment a)
            : name(std::move(n)), assignment(a), timer(io) {}

        TopicPartition name;
        OffsetTracker::Assignment assignment;
        Timer timer;
        bool is_idle = false;  // it waits for records
        bool is_revoked = false;
        bool is_done = false;  // nothing of it is in flight
        std::optional<Reason> waits_for;
    };
    using PartitionPointer = std::shared_ptr<Partition>;

    Awaitable<void> run();
    Awaitable<void> consume();
    Awaitable<void> leave();
    Awaitable<void> read(PartitionPointer partition);
    Awaitable<void> take(PartitionPointer partition, std::vector<kafka::GroupRecord> records);
    Awaitable<void> give_back(std::vector<PartitionPointer> partitions, std::function<void()> release);
    Awaitable<void> pause(std::chrono::milliseconds time);

    void on_assigned(std::span<const TopicPartition> partitions) override;
    void on_revoked(std::span<const TopicPartition> partitions, bool is_lost, std::function<void()> release) override;
    void on_available(const TopicPartition& partition) override;
    void on_committed(boost::system::error_code error) override;
    void on_error(boost::system::error_code error, std::string_view message, bool is_fatal) override;

    bool ends(const Partition& partition) const { return partition.is_revoked || is_stopping_ || has_failed_; }
    void wake_all();
    void update_status();

    boost::asio::io_context& io_;
    ingest::Ingest& ingest_;
    const Options options_;
    OffsetTracker offsets_;
    std::map<TopicPartition, PartitionPointer> partitions_;  // those assigned now
    std::unique_ptr<kafka::GroupConsumer> consumer_;
    Timer* timer_ = nullptr;   // of `run`, while it waits
    std::size_t running_ = 0;  // coroutines besides `run`
    bool is_stopping_ = false;
    bool has_failed_ = false;  // the consumer, for good
    std::map<int, steady_clock::time_point> logged_errors_;
    std::atomic<bool> is_stopped_{false};
    mutable Mutex mutex_;
    ReaderStatus status_ GUARDED_BY(mutex_);
};

void TopicReader::Reading::wake_all() {
    if (timer_ != nullptr) timer_->cancel();
    for (const auto& [name, partition] : partitions_) partition->timer.cancel();
}

// Until the time is over or the reader is to stop.
Awaitable<void> TopicReader::Reading::pause(std::chrono::milliseconds time) {
    Timer timer(io_, time);
    timer_ = &timer;
    co_await timer.async_wait(as_value);
    timer_ = nullptr;
}

Awaitable<void> TopicReader::Reading::run() {
    kafka::GroupListener& listener = *this;  // make_unique cannot access the private base
    while (!is_stopping_) {
        has_failed_ = false;
        try {
            consumer_ = std::make_unique<kafka::GroupConsumer>(io_, options_.settings, options_.group, options_.topics,
                                                               listener);
        } catch (const std::runtime_error& error) {
            on_error({}, error.what(), true);
        }
        if (consumer_) {
            co_await consume();
            co_await leave();
        }
        if (has_failed_ && !is_stopping_) co_await pause(restart_pause);
    }
    update_status();
    logging::info("kafka_source_stopped source={}", options_.source);
    is_stopped_ = true;
}

Awaitable<void> TopicReader::Reading::consume() {
    while (!is_stopping_ && !has_failed_) {
        consumer_->poll();
        update_status();
        co_await pause(poll_interval);
    }
}

Awaitable<void> TopicReader::Reading::leave() {
    Timer timer(io_);
    wake_all();
    consumer_->close();
    const auto deadline = steady_clock::now() + end_timeout;
    while ((!consumer_->is_closed() || running_ > 0) && steady_clock::now() < deadline) {
        consumer_->poll();
        timer.expires_after(end_poll_interval);
        co_await timer.async_wait(as_value);
    }
    if (!consumer_->is_closed())
        logging::warn("kafka_group_not_left source={} group={}", options_.source, options_.group);
    for (const auto& [name, partition] : partitions_) partition->is_revoked = true;
    partitions_.clear();
    consumer_.reset();
    // The journal ends each append.
    while (running_ > 0) {
        timer.expires_after(end_poll_interval);
        co_await timer.async_wait(as_value);
    }
}

void TopicReader::Reading::on_assigned(std::span<const TopicPartition> partitions) {
    logging::info("kafka_partitions_assigned source={} group={} partitions=\"{}\"", options_.source, options_.group,
                  names_of(partitions));
    for (const auto& name : partitions) {
        const auto partition = std::make_shared<Partition>(io_, name, offsets_.assign(name));
        partitions_.insert_or_assign(name, partition);
        ++running_;
        boost::asio::co_spawn(io_, read(partition), rethrow);
    }
}

void TopicReader::Reading::on_revoked(std::span<const TopicPartition> partitions, bool is_lost,
                                      std::function<void()> release) {
    if (is_lost) {
        logging::warn("kafka_partitions_lost source={} group={} partitions=\"{}\"", options_.source, options_.group,
                      names_of(partitions));
    } else {
        logging::info("kafka_partitions_revoked source={} group={} partitions=\"{}\"", options_.source, options_.group,
                      names_of(partitions));
    }
    std::vector<PartitionPointer> revoked;
    for (const auto& name : partitions) {
        auto node = partitions_.extract(name);
        if (node.empty()) continue;
        node.mapped()->is_revoked = true;
        node.mapped()->timer.cancel();
        revoked.push_back(std::move(node.mapped()));
    }
    ++running_;
    boost::asio::co_spawn(io_, give_back(std::move(revoked), std::move(release)), rethrow);
}

// Waits for what is in flight, so that the next owner begins behind it.
Awaitable<void> TopicReader::Reading::give_back(std::vector<PartitionPointer> partitions,
                                                std::function<void()> release) {
    Timer timer(io_);
    const auto deadline = steady_clock::now() + end_timeout;
    while (!std::ranges::all_of(partitions, &Partition::is_done) && steady_clock::now() < deadline) {
        timer.expires_after(end_poll_interval);
        co_await timer.async_wait(as_value);
    }
    for (const auto& partition : partitions) {
        // It may have come back meanwhile.
        if (!partitions_.contains(partition->name)) offsets_.revoke(partition->name);
    }
    release();
    --running_;
}

void TopicReader::Reading::on_available(const TopicPartition& name) {
    const auto found = partitions_.find(name);
    if (found != partitions_.end() && found->second->is_idle) found->second->timer.cancel();
}

Awaitable<void> TopicReader::Reading::read(PartitionPointer partition) {
    while (!ends(*partition)) {
        auto records = consumer_->take(partition->name, batch_size);
        if (!records.empty()) {
            co_await take(partition, std::move(records));
            continue;
        }
        partition->is_idle = true;
        partition->timer.expires_after(poll_interval);
        co_await partition->timer.async_wait(as_value);
        partition->is_idle = false;
    }
    partition->is_done = true;
    --running_;
}

// Hands the records to Ingest until all are taken or the assignment ends; then the group's next owner reads the rest.
Awaitable<void> TopicReader::Reading::take(PartitionPointer partition, std::vector<kafka::GroupRecord> read) {
    const auto& name = partition->name;
    std::vector<ingest::TopicRecord> records;
    records.reserve(read.size());
    for (auto& [offset, value, time] : read) {
        offsets_.read(name, partition->assignment, offset);
        records.push_back({std::move(value), name.topic, name.number, offset, time});
    }
    for (std::span<const ingest::TopicRecord> rest = records; !rest.empty();) {
        const auto taken = co_await ingest_.take_records(options_.source, rest);
        std::uint64_t bytes = 0;
        std::optional<std::int64_t> next;
        for (const auto& record : rest.first(taken.count)) {
            bytes += record.value.size();
            if (const auto risen = offsets_.done(name, partition->assignment, record.offset)) next = risen;
        }
        if (next && consumer_) consumer_->store(name, *next);
        {
            const MutexLock lock(mutex_);
            status_.records += taken.count;
            status_.bytes += bytes;
        }
        rest = rest.subspan(taken.count);
        if (std::exchange(partition->waits_for, taken.waits_for) != taken.waits_for && taken.waits_for) {
            logging::debug("kafka_partition_waits source={} topic={} partition={} reason={}", options_.source,
                           name.topic, name.number, code(*taken.waits_for));
        }
        if (rest.empty() || ends(*partition)) break;
        partition->timer.expires_after(taken.retry_after);
        co_await partition->timer.async_wait(as_value);
        if (ends(*partition)) break;
    }
    partition->waits_for.reset();
}

void TopicReader::Reading::on_committed(boost::system::error_code error) {
    if (error) return on_error(error, "offsets cannot be committed: " + error.message(), false);
    const MutexLock lock(mutex_);
    status_.last_commit = wall_now();
}

void TopicReader::Reading::on_error(boost::system::error_code error, std::string_view message, bool is_fatal) {
    has_failed_ = has_failed_ || is_fatal;
    if (is_fatal && timer_ != nullptr) timer_->cancel();
    {
        const MutexLock lock(mutex_);
        ++status_.errors;
        status_.last_error = message;
        status_.last_error_at = wall_now();
    }
    const auto now = steady_clock::now();
    const auto [logged, is_new] = logged_errors_.try_emplace(error.value(), now);
    if (!is_fatal && !is_new && now - logged->second < error_interval) return;
    logged->second = now;
    if (is_fatal) {
        logging::error("kafka_source_failed source={} retry_in_seconds={} message=\"{}\"", options_.source,
                       restart_pause.count(), message);
    } else {
        logging::warn("kafka_error source={} message=\"{}\"", options_.source, message);
    }
}

void TopicReader::Reading::update_status() {
    std::vector<PartitionStatus> partitions;
    for (const auto& [name, partition] : partitions_) {
        auto& status = partitions.emplace_back();
        status.topic = name.topic;
        status.partition = name.number;
        status.waits_for = partition->waits_for;
        status.next = offsets_.position(name);
        if (!status.next) status.next = consumer_->end(name);
        const auto watermarks = consumer_->watermarks(name);
        if (status.next && watermarks) status.lag = std::max<std::int64_t>(0, watermarks->high - *status.next);
    }
    const MutexLock lock(mutex_);
    status_.partitions = std::move(partitions);
}

TopicReader::TopicReader(boost::asio::io_context& io, ingest::Ingest& ingest, Options options)
    : reading_(std::make_unique<Reading>(io, ingest, std::move(options))) {}

TopicReader::~TopicReader() = default;

void TopicReader::start() {
    reading_->start();
}

void TopicReader::stop() {
    reading_->stop();
}

bool TopicReader::is_stopped() const {
    return reading_->is_stopped();
}

ReaderStatus TopicReader::status() const {
    return reading_->status();
}

}  // namespace pintle::kafka_source
