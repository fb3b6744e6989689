#include "pintle/kafka/group_consumer.hpp"

#include <regex.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "handles.hpp"
#include "pintle/kafka/client_config.hpp"

namespace pintle::kafka {
namespace {

const Settings& group_settings() {
    static const Settings settings{
        // What is stored is committed, and nothing else is stored than what is done with.
        {"enable.auto.commit", "true"},
        {"auto.commit.interval.ms", "1000"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"},
        {"session.timeout.ms", "15000"},
        {"fetch.error.backoff.ms", "50"},
        // Each partition has its own queue, for which this holds.
        {"queued.max.messages.kbytes", "1024"},
        {"max.partition.fetch.bytes", "524288"},
    };
    return settings;
}

Partitions make_list(std::span<const TopicPartition> partitions) {
    Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& [topic, number] : partitions) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), number);
    return list;
}

std::vector<TopicPartition> partitions_of(const rd_kafka_topic_partition_list_t& list) {
    std::vector<TopicPartition> partitions;
    for (const auto& each : std::span(list.elems, static_cast<std::size_t>(list.cnt)))
        partitions.push_back({each.topic, each.partition});
    return partitions;
}

std::optional<WallTime> time_of(const rd_kafka_message_t& message) {
    auto type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const auto time = rd_kafka_message_timestamp(&message, &type);
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time < 0) return std::nullopt;
    return WallTime(std::chrono::milliseconds(time));
}

}  // namespace

// ---- GroupConsumer ----

GroupConsumer::GroupConsumer(boost::asio::io_context& context, const Settings& settings, const std::string& group,
                             const std::vector<std::string>& topics, GroupListener& listener)
    : context_(context), listener_(listener), self_(std::make_shared<GroupConsumer*>(this)) {
    auto all = settings;
    all.emplace_back("group.id", group);
    auto configuration = configure(group_settings(), all);
    rd_kafka_conf_set_events(configuration.get(),
                             RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_ERROR);
    handle_ = create(RD_KAFKA_CONSUMER, std::move(configuration));
    rd_kafka_poll_set_consumer(handle_);
    queue_.reset(rd_kafka_queue_get_consumer(handle_));
    const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const auto& topic : topics)
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto error = rd_kafka_subscribe(handle_, list.get())) {
        queue_.reset();
        rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        throw std::runtime_error(std::string("subscribing to the topics: ") + rd_kafka_err2str(error));
    }
    watcher_ = QueueWatcher::start(context, queue_.get(), [this] { return drain(); });
}

GroupConsumer::~GroupConsumer() {
    self_.reset();
    watcher_->stop();
    for (auto& [partition, assigned] : assigned_) assigned.watcher->stop();
    assigned_.clear();
    queue_.reset();
    rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

std::vector<GroupRecord> GroupConsumer::take(const TopicPartition& partition, std::size_t limit) {
    std::vector<GroupRecord> records;
    const auto found = assigned_.find(partition);
    if (found == assigned_.end()) return records;
    std::vector<rd_kafka_message_t*> taken(limit);
    const auto count = rd_kafka_consume_batch_queue(found->second.queue.get(), 0, taken.data(), taken.size());
    if (count <= 0) return records;
    const std::vector<Message> messages(taken.begin(), taken.begin() + count);
    records.reserve(messages.size());
    for (const auto& message : messages) {
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            found->second.end = message->offset;
        } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            listener_.on_error(make_error(message->err), rd_kafka_message_errstr(message.get()), false);
        } else {
            const auto* const bytes = static_cast<const char*>(message->payload);
            records.push_back(
                {message->offset, std::string(bytes, bytes == nullptr ? 0 : message->len), time_of(*message)});
            found->second.end = message->offset + 1;
        }
    }
    return records;
}

void GroupConsumer::store(const TopicPartition& partition, std::int64_t next) {
    const auto list = make_list({&partition, 1});
    list->elems[0].offset = next;
    // It fails where the partition is not assigned any more.
    if (const auto error = rd_kafka_offsets_store(handle_, list.get()); error && assigned_.contains(partition))
        listener_.on_error(make_error(error), "an offset cannot be stored", false);
}

std::optional<GroupConsumer::Watermarks> GroupConsumer::watermarks(const TopicPartition& partition) const {
    Watermarks found;
    if (rd_kafka_get_watermark_offsets(handle_, partition.topic.c_str(), partition.number, &found.low, &found.high) !=
            RD_KAFKA_RESP_ERR_NO_ERROR ||
        found.high < 0) {
        return std::nullopt;
    }
    return found;
}

std::optional<std::int64_t> GroupConsumer::end(const TopicPartition& partition) const {
    const auto found = assigned_.find(partition);
    return found == assigned_.end() ? std::nullopt : found->second.end;
}

void GroupConsumer::close() {
    if (std::exchange(closing_, true)) return;
    if (const Error error(rd_kafka_consumer_close_queue(handle_, queue_.get())); error)
        listener_.on_error(make_error(rd_kafka_error_code(error.get())), rd_kafka_error_string(error.get()), false);
}

bool GroupConsumer::is_closed() const {
    return closing_ && rd_kafka_consumer_closed(handle_) != 0;
}

void GroupConsumer::poll() {
    while (drain()) {
    }
}

bool GroupConsumer::drain() {
    for (std::size_t taken = 0; taken < max_events; ++taken) {
        const Event event(rd_kafka_queue_poll(queue_.get(), 0));
        if (!event) return false;
        take_event(event.get());
    }
    return true;
}

void GroupConsumer::take_event(rd_kafka_event_t* event) {
    const auto error = rd_kafka_event_error(event);
    switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_REBALANCE: return rebalance(event);
        case RD_KAFKA_EVENT_OFFSET_COMMIT:
            // There was nothing to commit.
            if (error != RD_KAFKA_RESP_ERR__NO_OFFSET)
                listener_.on_committed(error == 0 ? boost::system::error_code{} : make_error(error));
            return;
        case RD_KAFKA_EVENT_ERROR:
            return listener_.on_error(make_error(error), rd_kafka_event_error_string(event),
                                      rd_kafka_event_error_is_fatal(event) != 0);
        case RD_KAFKA_EVENT_FETCH:
            // The partitions' queues are not forwarded to this one. A record that came here would be out of order.
            return listener_.on_error(make_error(RD_KAFKA_RESP_ERR__STATE), "a record came by the wrong queue", true);
        default: return;
    }
}

bool GroupConsumer::is_cooperative() const {
    const char* const protocol = rd_kafka_rebalance_protocol(handle_);  // null: the group is left
    return protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
}

void GroupConsumer::rebalance(rd_kafka_event_t* event) {
    const auto* const partitions = rd_kafka_event_topic_partition_list(event);
    switch (rd_kafka_event_error(event)) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS: return assign(*partitions);
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: return revoke(*partitions);
        default:
            listener_.on_error(make_error(rd_kafka_event_error(event)), rd_kafka_event_error_string(event), false);
            rd_kafka_assign(handle_, nullptr);
    }
}

void GroupConsumer::assign(const rd_kafka_topic_partition_list_t& list) {
    const auto partitions = partitions_of(list);
    for (const auto& partition : partitions) {
        Assigned assigned;
        assigned.queue.reset(rd_kafka_queue_get_partition(handle_, partition.topic.c_str(), partition.number));
        // Before the assignment, so that no record goes to the consumer's queue.
        rd_kafka_queue_forward(assigned.queue.get(), nullptr);
        assigned.watcher = QueueWatcher::start(context_, assigned.queue.get(), [this, partition] {
            listener_.on_available(partition);
            return false;
        });
        assigned_.insert_or_assign(partition, std::move(assigned));
    }
    if (is_cooperative()) {
        if (const Error error(rd_kafka_incremental_assign(handle_, &list)); error)
            listener_.on_error(make_error(rd_kafka_error_code(error.get())), rd_kafka_error_string(error.get()), false);
    } else if (const auto error = rd_kafka_assign(handle_, &list)) {
        listener_.on_error(make_error(error), rd_kafka_err2str(error), false);
    }
    listener_.on_assigned(partitions);
}

void GroupConsumer::revoke(const rd_kafka_topic_partition_list_t& list) {
    auto partitions = partitions_of(list);
    const bool is_lost = rd_kafka_assignment_lost(handle_) != 0;
    listener_.on_revoked(partitions, is_lost, [weak = std::weak_ptr(self_), partitions] {
        if (const auto self = weak.lock()) (*self)->unassign(partitions);
    });
}

// With it librdkafka commits what is stored.
void GroupConsumer::unassign(const std::vector<TopicPartition>& partitions) {
    for (const auto& partition : partitions) {
        const auto found = assigned_.find(partition);
        if (found == assigned_.end()) continue;
        found->second.watcher->stop();
        assigned_.erase(found);
    }
    if (is_cooperative()) {
        const auto list = make_list(partitions);
        if (const Error error(rd_kafka_incremental_unassign(handle_, list.get())); error)
            listener_.on_error(make_error(rd_kafka_error_code(error.get())), rd_kafka_error_string(error.get()), false);
    } else if (const auto error = rd_kafka_assign(handle_, nullptr)) {
        listener_.on_error(make_error(error), rd_kafka_err2str(error), false);
    }
}

// ---- ask_brokers ----

namespace {

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>>;

constexpr std::chrono::milliseconds first_wait{1000};  // before a refused password or certificate ends the question

// What librdkafka reported, of which the last report says most: a refused connection, a certificate that is not
// trusted.
struct Reports {
    std::string last;
    bool is_refused = false;  // another attempt with the same settings fails too
};

void read_reports(rd_kafka_queue_t* queue, Reports& reports) {
    while (const Event event{rd_kafka_queue_poll(queue, 0)}) {
        const auto error = rd_kafka_event_error(event.get());
        if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) continue;
        reports.last = rd_kafka_event_error_string(event.get());
        reports.is_refused = reports.is_refused || error == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                             error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED || error == RD_KAFKA_RESP_ERR__SSL;
    }
}

// Where there is no answer, `problem` says why.
Metadata ask(rd_kafka_t* client, bool all, rd_kafka_topic_t* topic, std::chrono::milliseconds timeout,
             std::string& problem) {
    const Queue queue(rd_kafka_queue_get_main(client));
    const auto until = std::chrono::steady_clock::now() + timeout;
    Reports reports;
    for (auto wait = first_wait;; wait *= 2) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const bool is_last = left <= wait;
        const rd_kafka_metadata_t* found = nullptr;
        const auto limit = std::max(std::min(wait, left), std::chrono::milliseconds{1});
        const auto error = rd_kafka_metadata(client, all ? 1 : 0, topic, &found, static_cast<int>(limit.count()));
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Metadata(found);
        read_reports(queue.get(), reports);
        if (!reports.is_refused && !is_last) continue;
        problem = reports.last.empty() ? rd_kafka_err2str(error) : reports.last;
        return {};
    }
}

// `pattern` is a POSIX extended regular expression, as librdkafka takes it.
TopicReport report_matches(const std::string& pattern, const rd_kafka_metadata_t& metadata) {
    TopicReport report{pattern, 0, {}};
    regex_t compiled{};
    if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
        report.problem = "it is not a regular expression";
        return report;
    }
    for (const auto& each : std::span(metadata.topics, static_cast<std::size_t>(metadata.topic_cnt))) {
        if (regexec(&compiled, each.topic, 0, nullptr, 0) != 0) continue;
        ++report.matches;
        report.partitions += static_cast<std::size_t>(each.partition_cnt);
    }
    regfree(&compiled);
    if (report.matches == 0) report.problem = "it matches no topic that this user can see";
    return report;
}

}  // namespace

ClusterReport ask_brokers(const Settings& settings, const std::vector<std::string>& topics,
                          std::chrono::milliseconds timeout) {
    auto configuration = configure({}, settings);
    rd_kafka_conf_set_events(configuration.get(), RD_KAFKA_EVENT_ERROR);
    const Handle client(create(RD_KAFKA_PRODUCER, std::move(configuration)));
    ClusterReport report;
    const auto ask_for = [&](bool all, rd_kafka_topic_t* topic) {
        auto metadata = ask(client.get(), all, topic, timeout, report.problem);
        if (metadata) report.brokers = static_cast<std::size_t>(metadata->broker_cnt);
        return metadata;
    };
    if (topics.empty()) ask_for(false, nullptr);
    for (const auto& topic : topics) {
        const bool is_pattern = topic.starts_with('^');
        const Topic opened(is_pattern ? nullptr : rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
        const auto metadata = ask_for(is_pattern, opened.get());
        if (!metadata) return report;
        if (is_pattern) {
            report.topics.push_back(report_matches(topic, *metadata));
            continue;
        }
        auto& said = report.topics.emplace_back(TopicReport{topic, 0, {}});
        for (const auto& each : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
            if (each.topic != topic) continue;
            said.partitions = static_cast<std::size_t>(each.partition_cnt);
            if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) said.problem = rd_kafka_err2str(each.err);
        }
        if (said.partitions == 0 && said.problem.empty()) said.problem = "it does not exist";
    }
    return report;
}

std::vector<SilentBroker> find_silent_brokers(const Settings& settings, std::chrono::milliseconds timeout) {
    std::vector<SilentBroker> silent;
    const auto brokers = bootstrap_of(settings);
    for (const auto part : std::views::split(brokers, ',')) {
        const std::string broker(part.begin(), part.end());
        auto one = settings;
        one.emplace_back("bootstrap.servers", broker);  // the last value counts
        if (auto problem = ask_brokers(one, {}, timeout).problem; !problem.empty())
            silent.push_back({broker, std::move(problem)});
    }
    return silent;
}

}  // namespace pintle::kafka
