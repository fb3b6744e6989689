#include "pintle/kafka/client.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "handles.hpp"

namespace pintle::kafka {
namespace {

constexpr std::size_t max_records = 1000;                 // as `max_events`, of a consumer
constexpr std::size_t max_in_flight = 5000;               // records of a topic
constexpr std::size_t max_bytes_in_flight = 900U << 10U;  // about, so that they are one request
constexpr std::chrono::microseconds linger{50};           // as `linger.ms`
constexpr std::chrono::milliseconds max_time_error{100};  // of a record
constexpr std::chrono::seconds destroy_timeout{1};

class KafkaCategory final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "kafka"; }
    std::string message(int error) const override { return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)); }
};

const Settings& producer_settings() {
    static const Settings settings{
        {"acks", "all"},
        {"enable.idempotence", "true"},
        {"max.in.flight", "1"},
        {"linger.ms", "0.05"},        // what is handed over at once is one request
        {"message.timeout.ms", "0"},  // never: a record that expires would be overtaken by the next
        {"queue.buffering.max.kbytes", "65536"},
    };
    return settings;
}

const Settings& consumer_settings() {
    static const Settings settings{
        {"group.id", "pintle"},  // required for assign; nothing joins the group
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "error"},  // the caller decides what to do about deleted records
        {"fetch.error.backoff.ms", "50"},
        // A full queue makes librdkafka 2.0.2 wait for a second, so it has room for more than is read at once.
        {"queued.max.messages.kbytes", "65536"},
    };
    return settings;
}

// The value of a setting that is a number.
std::size_t number_of(const rd_kafka_conf_t* configuration, const char* name) {
    std::array<char, 32> text{};
    auto size = text.size();
    if (rd_kafka_conf_get(configuration, name, text.data(), &size) != RD_KAFKA_CONF_OK) return 0;
    return std::strtoul(text.data(), nullptr, 10);
}

// An opaque value of librdkafka that holds a number.
void* to_opaque(std::uintptr_t number) {
    return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}

std::uintptr_t from_opaque(const void* opaque) {
    return reinterpret_cast<std::uintptr_t>(opaque);
}

// The partition of a topic that has one.
Partitions one_partition(const std::string& topic, std::int64_t offset) {
    Partitions partitions(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), 0)->offset = offset;
    return partitions;
}

// Removes a value from those that wait; an empty one if it is not there.
template <class Value>
Value take(std::unordered_map<std::uintptr_t, Value>& waiting, std::uintptr_t key) {
    auto node = waiting.extract(key);
    return node.empty() ? Value{} : std::move(node.mapped());
}

}  // namespace

void destroy_consumer(rd_kafka_t* consumer, std::chrono::milliseconds limit) {
    auto destroyed = std::make_shared<std::promise<void>>();
    const auto is_destroyed = destroyed->get_future();
    std::thread([consumer, destroyed] {
        rd_kafka_destroy_flags(consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        destroyed->set_value();
    }).detach();
    is_destroyed.wait_for(limit);
}

const boost::system::error_category& kafka_category() noexcept {
    static const KafkaCategory category;
    return category;
}

// ---- QueueWatcher ----

struct QueueWatcher::Impl {
    Impl(boost::asio::io_context& context, rd_kafka_queue_t* watched, Drain handler, int file)
        : queue(watched), drain(std::move(handler)), descriptor(context, file) {}

    rd_kafka_queue_t* queue;
    Drain drain;
    boost::asio::posix::stream_descriptor descriptor;
};

QueueWatcher::QueueWatcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

QueueWatcher::~QueueWatcher() = default;

std::shared_ptr<QueueWatcher> QueueWatcher::start(boost::asio::io_context& context, rd_kafka_queue_t* queue,
                                                  Drain drain) {
    const int file = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (file < 0) throw boost::system::system_error(errno, boost::system::system_category(), "eventfd");
    auto watcher = std::make_shared<QueueWatcher>(std::make_unique<Impl>(context, queue, std::move(drain), file));
    constexpr std::uint64_t one = 1;  // what an eventfd takes
    rd_kafka_queue_io_event_enable(queue, file, &one, sizeof(one));
    // What the queue had before makes no event.
    boost::asio::post(context, [watcher] { watcher->drain(); });
    watcher->wait();
    return watcher;
}

void QueueWatcher::stop() {
    rd_kafka_queue_io_event_enable(impl_->queue, -1, nullptr, 0);
    impl_->drain = nullptr;
    boost::system::error_code ignored;
    impl_->descriptor.close(ignored);
}

void QueueWatcher::wait() {
    impl_->descriptor.async_wait(
        boost::asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
            if (error || !self->impl_->drain) return;
            std::uint64_t events = 0;
            self->impl_->descriptor.read_some(boost::asio::buffer(&events, sizeof(events)), error);
            self->drain();
            if (self->impl_->drain) self->wait();
        });
}

void QueueWatcher::drain() {
    // There is no event for what is left in the queue.
    if (impl_->drain && impl_->drain() && impl_->drain) {
        boost::asio::post(impl_->descriptor.get_executor(), [self = shared_from_this()] { self->drain(); });
    }
}

// ---- Producer ----

Producer::Producer(boost::asio::io_context& context, const Settings& settings, ClientErrorCallback on_error)
    : context_(context), on_error_(std::move(on_error)), lingering_(context) {
    auto configuration = configure(producer_settings(), settings);
    rd_kafka_conf_set_events(configuration.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    max_record_bytes_ = number_of(configuration.get(), "message.max.bytes");
    handle_.reset(create(RD_KAFKA_PRODUCER, std::move(configuration)));
    queue_.reset(rd_kafka_queue_get_main(handle_.get()));
    watcher_ = QueueWatcher::start(context, queue_.get(), [this] { return drain(); });
}

Producer::~Producer() {
    watcher_->stop();
    rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

boost::system::error_code Producer::append(const std::string& topic, std::string bytes, AppendCallback done) {
    if (bytes.size() > max_record_bytes_) return make_error(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    auto* const opened = find_or_open(topic);
    if (opened == nullptr) return make_error(rd_kafka_last_error());
    const auto added = appends_.emplace(next_++, Append{opened, std::move(bytes), std::move(done), wall_now()}).first;
    opened->held.push_back(&*added);
    flush_soon();
    return {};
}

Producer::OpenTopic* Producer::find_or_open(const std::string& topic) {
    auto& opened = topics_[topic];
    if (!opened.handle) opened.handle.reset(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
    return opened.handle ? &opened : nullptr;
}

// With what is appended until then.
void Producer::flush_soon() {
    if (std::exchange(*flushing_, true)) return;
    boost::asio::post(context_, [this, weak = std::weak_ptr(flushing_)] {
        const auto flushing = weak.lock();
        if (!flushing) return;  // the producer is gone
        *flushing = false;
        flush();
    });
}

void Producer::flush() {
    for (auto& [name, topic] : topics_) flush(topic);
}

void Producer::flush(OpenTopic& topic) {
    if (topic.in_flight > 0 || topic.held.empty()) return;
    std::vector<rd_kafka_message_t> messages;
    std::size_t bytes = 0;
    for (auto* const each : topic.held) {
        if (messages.size() == max_in_flight || bytes >= max_bytes_in_flight) break;
        auto& [key, append] = *each;
        auto& message = messages.emplace_back();
        message.payload = append.bytes.data();
        message.len = append.bytes.size();
        message._private = to_opaque(key);
        bytes += append.bytes.size();
    }
    last_handed_over_ = std::chrono::steady_clock::now();
    if (wall_now() - topic.held.front()->second.time < max_time_error) {
        // At once: a record that is handed over later than `linger` after the first may end up in a request of its own.
        rd_kafka_produce_batch(topic.handle.get(), 0, 0, messages.data(), static_cast<int>(messages.size()));
    } else {
        produce_with_times(topic, messages);
    }
    for (const auto& message : messages) {
        // Once one is refused, all after it are.
        if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            // There is room again when another topic's request is answered.
            if (message.err != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail(topic, make_error(message.err));
            break;
        }
        topic.held.pop_front();
        ++topic.in_flight;
    }
    if (topic.in_flight == 0 || is_lingering_) return;
    if (std::chrono::steady_clock::now() - last_handed_over_ < linger) return wake_after_linger();
    rd_kafka_flush(handle_.get(), 0);  // does not wait
}

rd_kafka_resp_err_t Producer::produce(const OpenTopic& topic, const rd_kafka_message_t& message, WallTime time) {
    std::array<rd_kafka_vu_t, 6> arguments{};
    auto& [rkt, partition, flags, value, timestamp, opaque] = arguments;
    rkt.vtype = RD_KAFKA_VTYPE_RKT;
    rkt.u.rkt = topic.handle.get();
    partition.vtype = RD_KAFKA_VTYPE_PARTITION;
    partition.u.i32 = 0;
    flags.vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    flags.u.i = 0;  // without a copy
    value.vtype = RD_KAFKA_VTYPE_VALUE;
    value.u.mem = {message.payload, message.len};
    timestamp.vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    timestamp.u.i64 = time.time_since_epoch().count();
    opaque.vtype = RD_KAFKA_VTYPE_OPAQUE;
    opaque.u.ptr = message._private;
    const Error error(rd_kafka_produceva(handle_.get(), arguments.data(), arguments.size()));
    return error ? rd_kafka_error_code(error.get()) : RD_KAFKA_RESP_ERR_NO_ERROR;
}

// rd_kafka_produce_batch gives all records the time of the call.
void Producer::produce_with_times(const OpenTopic& topic, std::span<rd_kafka_message_t> messages) {
    auto error = RD_KAFKA_RESP_ERR_NO_ERROR;
    auto held = topic.held.begin();
    for (auto& message : messages) {
        const auto time = (*held++)->second.time;
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = produce(topic, message, time);
        message.err = error;
    }
}

// librdkafka 2.0.2 rounds what is left of `linger` up to a millisecond, so it is woken when that is over.
void Producer::wake_after_linger() {
    is_lingering_ = true;
    lingering_.expires_at(last_handed_over_ + linger);
    lingering_.async_wait([this, weak = std::weak_ptr(flushing_)](boost::system::error_code) {
        if (weak.expired()) return;  // the producer is gone
        rd_kafka_flush(handle_.get(), 0);
        // Records of another topic may have been handed over since.
        is_lingering_ = false;
        if (lingering_.expiry() < last_handed_over_ + linger) wake_after_linger();
    });
}

void Producer::fail(OpenTopic& topic, boost::system::error_code error) {
    std::vector<AppendCallback> failed;
    for (const auto* const each : std::exchange(topic.held, {})) failed.push_back(take(appends_, each->first).done);
    for (const auto& done : failed) done(error, -1);
}

bool Producer::drain() {
    for (std::size_t taken = 0; taken < max_events; ++taken) {
        const Event event(rd_kafka_queue_poll(queue_.get(), 0));
        if (!event) {
            flush();
            return false;
        }
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) {
            take_reports(event.get());
        } else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) {
            take_error(event.get());
        }
    }
    return true;
}

void Producer::take_error(rd_kafka_event_t* event) {
    const bool is_fatal = rd_kafka_event_error_is_fatal(event) != 0;
    // The event itself says only that it is fatal.
    const auto error = is_fatal ? rd_kafka_fatal_error(handle_.get(), nullptr, 0) : rd_kafka_event_error(event);
    on_error_(make_error(error), rd_kafka_event_error_string(event), is_fatal);
}

void Producer::take_reports(rd_kafka_event_t* event) {
    struct Report {
        AppendCallback done;
        rd_kafka_resp_err_t error;
        std::int64_t offset;
    };
    std::vector<Report> reports;
    bool all_written = true;
    while (const auto* const message = rd_kafka_event_message_next(event)) {
        auto append = take(appends_, from_opaque(message->_private));
        if (append.topic == nullptr) continue;
        --append.topic->in_flight;
        reports.push_back({std::move(append.done), message->err, message->offset});
        all_written &= message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    if (all_written) flush();  // the next request is on its way while the callbacks run
    for (const auto& [done, error, offset] : reports) {
        done(error == RD_KAFKA_RESP_ERR_NO_ERROR ? boost::system::error_code{} : make_error(error), offset);
    }
}

// ---- Consumer ----

Consumer::Consumer(boost::asio::io_context& context, const Settings& settings, std::string topic,
                   ConsumerListener& listener)
    : topic_(std::move(topic)), listener_(listener) {
    handle_ = create(RD_KAFKA_CONSUMER, configure(consumer_settings(), settings));
    rd_kafka_poll_set_consumer(handle_);
    queue_.reset(rd_kafka_queue_get_consumer(handle_));
    watcher_ = QueueWatcher::start(context, queue_.get(), [this] { return drain(); });
}

Consumer::~Consumer() {
    end(destroy_timeout);
}

void Consumer::abandon() {
    end({});
}

void Consumer::end(std::chrono::milliseconds limit) {
    if (handle_ == nullptr) return;
    watcher_->stop();
    queue_.reset();
    destroy_consumer(std::exchange(handle_, nullptr), limit);
}

boost::system::error_code Consumer::start(std::int64_t offset) {
    const Partitions partitions = one_partition(topic_, offset);
    ++starts_;
    const auto error = rd_kafka_assign(handle_, partitions.get());
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? boost::system::error_code{} : make_error(error);
}

void Consumer::stop() {
    ++starts_;
    rd_kafka_assign(handle_, nullptr);
}

void Consumer::commit(std::int64_t offset) {
    const Partitions partitions = one_partition(topic_, offset);
    rd_kafka_commit(handle_, partitions.get(), 1);
}

std::optional<std::int64_t> Consumer::log_start() const {
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_get_watermark_offsets(handle_, topic_.c_str(), 0, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        low < 0) {
        return std::nullopt;
    }
    return low;
}

// The offset after the last record, as the broker said with the last records it sent.
std::optional<std::int64_t> Consumer::log_end() const {
    std::int64_t low = 0;
    std::int64_t high = 0;
    if (rd_kafka_get_watermark_offsets(handle_, topic_.c_str(), 0, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    return high;
}

bool Consumer::drain() {
    std::array<rd_kafka_message_t*, max_records> taken{};
    const auto count = rd_kafka_consume_batch_queue(queue_.get(), 0, taken.data(), taken.size());
    if (count <= 0) return false;
    const auto read = std::span(taken).first(static_cast<std::size_t>(count));
    const std::vector<Message> messages(read.begin(), read.end());

    // The listener may start anew: what was read before is then dropped.
    const auto start = starts_;
    std::vector<ConsumedRecord> records;
    const auto flush = [&] {
        if (records.empty()) return;
        const auto next = records.back().offset + 1;
        if (starts_ == start) listener_.on_records(records);
        records.clear();
        // A broker that always has something new tells no end.
        if (starts_ == start && log_end() == next) listener_.on_end(next);
    };
    for (const auto& message : messages) {
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            flush();
            if (starts_ == start) take_error(*message);
            continue;
        }
        const auto appended = WallTime(std::chrono::milliseconds(rd_kafka_message_timestamp(message.get(), nullptr)));
        records.push_back({message->offset, {static_cast<const char*>(message->payload), message->len}, appended});
    }
    flush();
    return true;
}

void Consumer::take_error(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        listener_.on_end(message.offset);
    } else if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
               message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        listener_.on_offset_out_of_range();
    } else {
        listener_.on_error(make_error(message.err), rd_kafka_message_errstr(&message),
                           message.err == RD_KAFKA_RESP_ERR__FATAL);
    }
}

// ---- Admin ----

Admin::Admin(boost::asio::io_context& context, const Settings& settings, std::chrono::milliseconds timeout)
    : timeout_(timeout), handle_(create(RD_KAFKA_PRODUCER, configure({}, settings))) {
    queue_.reset(rd_kafka_queue_new(handle_.get()));
    watcher_ = QueueWatcher::start(context, queue_.get(), [this] { return drain(); });
}

Admin::~Admin() {
    watcher_->stop();
}

Admin::Options Admin::options(rd_kafka_admin_op_t operation, EventCallback done) {
    Options made(rd_kafka_AdminOptions_new(handle_.get(), operation));
    std::array<char, 512> message{};
    const auto limit = static_cast<int>(timeout_.count());
    if (rd_kafka_AdminOptions_set_request_timeout(made.get(), limit, message.data(), message.size()) != 0) {
        throw std::runtime_error(message.data());
    }
    const auto key = next_++;
    callbacks_.emplace(key, std::move(done));
    rd_kafka_AdminOptions_set_opaque(made.get(), to_opaque(key));
    return made;
}

bool Admin::drain() {
    for (std::size_t taken = 0; taken < max_events; ++taken) {
        const Event event(rd_kafka_queue_poll(queue_.get(), 0));
        if (!event) return false;
        const auto done = take(callbacks_, from_opaque(rd_kafka_event_opaque(event.get())));
        if (done) done(event.get());
    }
    return true;
}

void Admin::create_topic(const std::string& topic, const TopicConfig& config, Callback done) {
    using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
    std::array<char, 512> message{};
    const NewTopic added(
        rd_kafka_NewTopic_new(topic.c_str(), 1, config.replication_factor, message.data(), message.size()));
    if (!added) throw std::runtime_error(message.data());
    for (const auto& [name, value] : config.settings) {
        rd_kafka_NewTopic_set_config(added.get(), name.c_str(), value.c_str());
    }
    const auto options =
        this->options(RD_KAFKA_ADMIN_OP_CREATETOPICS, [done = std::move(done)](rd_kafka_event_t* event) {
            if (const auto error = rd_kafka_event_error(event)) {
                return done(make_error(error), rd_kafka_event_error_string(event));
            }
            std::size_t count = 0;
            const auto* const* const topics =
                rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
            const auto error = count == 1 ? rd_kafka_topic_result_error(topics[0]) : RD_KAFKA_RESP_ERR__BAD_MSG;
            const char* const text = error != 0 && count == 1 ? rd_kafka_topic_result_error_string(topics[0]) : nullptr;
            done(error == 0 ? boost::system::error_code{} : make_error(error), text == nullptr ? "" : text);
        });
    if (config.validate_only &&
        rd_kafka_AdminOptions_set_validate_only(options.get(), 1, message.data(), message.size()) != 0) {
        throw std::runtime_error(message.data());
    }
    auto* one = added.get();
    rd_kafka_CreateTopics(handle_.get(), &one, 1, options.get(), queue_.get());
}

void Admin::describe_topic(const std::string& topic, DescribeCallback done) {
    using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;
    const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    const auto options =
        this->options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, [done = std::move(done)](rd_kafka_event_t* event) {
            TopicSettings settings;
            if (const auto error = rd_kafka_event_error(event)) return done(make_error(error), settings);
            std::size_t count = 0;
            const auto* const* const resources =
                rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
            if (count != 1) return done(make_error(RD_KAFKA_RESP_ERR__BAD_MSG), settings);
            if (const auto error = rd_kafka_ConfigResource_error(resources[0]))
                return done(make_error(error), settings);
            std::size_t entries = 0;
            const auto* const* const configs = rd_kafka_ConfigResource_configs(resources[0], &entries);
            for (const auto* const entry : std::span(configs, entries)) {
                const char* const value = rd_kafka_ConfigEntry_value(entry);
                settings.emplace(rd_kafka_ConfigEntry_name(entry), value == nullptr ? "" : value);
            }
            done({}, settings);
        });
    auto* one = resource.get();
    rd_kafka_DescribeConfigs(handle_.get(), &one, 1, options.get(), queue_.get());
}

void Admin::delete_records(const std::string& topic, std::int64_t before, DeleteCallback done) {
    using Deletion = std::unique_ptr<rd_kafka_DeleteRecords_t, Destroyer<rd_kafka_DeleteRecords_destroy>>;
    const Partitions partitions = one_partition(topic, before);
    const Deletion deletion(rd_kafka_DeleteRecords_new(partitions.get()));
    const auto options =
        this->options(RD_KAFKA_ADMIN_OP_DELETERECORDS, [done = std::move(done)](rd_kafka_event_t* event) {
            if (const auto error = rd_kafka_event_error(event)) return done(make_error(error), 0);
            const auto* const offsets =
                rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
            if (offsets->cnt != 1) return done(make_error(RD_KAFKA_RESP_ERR__BAD_MSG), 0);
            const auto& result = offsets->elems[0];
            done(result.err == 0 ? boost::system::error_code{} : make_error(result.err), result.offset);
        });
    auto* one = deletion.get();
    rd_kafka_DeleteRecords(handle_.get(), &one, 1, options.get(), queue_.get());
}

// ---- BlockingReader ----

BlockingReader::BlockingReader(const Settings& settings) {
    auto role = consumer_settings();
    role.emplace_back("fetch.wait.max.ms", "20");  // a read elsewhere waits for the last one's to end
    handle_ = create(RD_KAFKA_CONSUMER, configure(role, settings));
    rd_kafka_poll_set_consumer(handle_);
}

BlockingReader::~BlockingReader() {
    {
        const MutexLock lock(mutex_);
        known_.clear();
    }
    destroy_consumer(handle_, destroy_timeout);
}

boost::system::result<std::vector<TopicDescription>> BlockingReader::topics(std::chrono::milliseconds timeout) {
    return describe(true, timeout);
}

boost::system::result<std::vector<TopicDescription>> BlockingReader::find(const std::vector<std::string>& names,
                                                                          std::chrono::milliseconds timeout) {
    {
        const MutexLock lock(mutex_);
        for (const auto& name : names) {
            auto& topic = known_[name];
            if (!topic) topic.reset(rd_kafka_topic_new(handle_, name.c_str(), nullptr));
        }
    }
    return describe(false, timeout);
}

boost::system::result<std::vector<TopicDescription>> BlockingReader::describe(bool all,
                                                                              std::chrono::milliseconds timeout) {
    const rd_kafka_metadata_t* found = nullptr;
    const auto limit = static_cast<int>(timeout.count());
    if (const auto error = rd_kafka_metadata(handle_, all ? 1 : 0, nullptr, &found, limit)) return make_error(error);
    const std::unique_ptr<const rd_kafka_metadata_t, Destroyer<rd_kafka_metadata_destroy>> metadata(found);
    std::vector<TopicDescription> topics;
    for (const auto& topic : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt))) {
        const std::span partitions(topic.partitions, static_cast<std::size_t>(topic.partition_cnt));
        if (partitions.empty()) continue;
        const auto least = std::ranges::min(partitions, {}, &rd_kafka_metadata_partition_t::replica_cnt);
        const auto in_sync = std::ranges::min(partitions, {}, &rd_kafka_metadata_partition_t::isr_cnt).isr_cnt;
        const bool has_leaders =
            std::ranges::none_of(partitions, [](const auto& partition) { return partition.leader < 0; });
        topics.push_back({topic.topic, topic.partition_cnt, least.replica_cnt, in_sync, has_leaders});
    }
    return topics;
}

boost::system::error_code BlockingReader::seek(const std::string& topic, std::int64_t from) {
    if (topic == topic_ && from == next_) return {};
    const Partitions partitions = one_partition(topic, from);
    topic_.clear();
    const auto error = rd_kafka_assign(handle_, partitions.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return make_error(error);
    topic_ = topic;
    next_ = from;
    return {};
}

void BlockingReader::stop() {
    topic_.clear();
    rd_kafka_assign(handle_, nullptr);
}

boost::system::result<BlockingReader::Batch> BlockingReader::read(const std::string& topic, std::int64_t from,
                                                                  Limits limits, std::chrono::milliseconds timeout) {
    const auto until = std::chrono::steady_clock::now() + timeout;
    const MutexLock lock(mutex_);
    Batch batch;
    batch.next = from;
    auto error = seek(topic, from);
    if (!error) error = read(batch, limits, until);
    next_ = batch.next;
    last_read_ = std::chrono::steady_clock::now();
    // What is after the end is seldom read next, and an assigned consumer goes on asking for it.
    if (error || batch.next >= limits.end) stop();
    if (error && batch.records.empty()) return error;
    return batch;
}

void BlockingReader::rest_if_unused(std::chrono::steady_clock::time_point since) {
    const MutexLock lock(mutex_);
    if (!topic_.empty() && last_read_ < since) stop();
}

boost::system::error_code BlockingReader::read(Batch& batch, Limits limits,
                                               std::chrono::steady_clock::time_point until) {
    while (batch.next < limits.end && batch.records.size() < limits.records && limits.bytes > 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const Message message(
            rd_kafka_consumer_poll(handle_, static_cast<int>(std::max<std::int64_t>(left.count(), 0))));
        if (!message) return make_error(RD_KAFKA_RESP_ERR__TIMED_OUT);
        switch (message->err) {
            case RD_KAFKA_RESP_ERR_NO_ERROR: break;
            case RD_KAFKA_RESP_ERR__PARTITION_EOF:
                continue;  // it is old: the records that are wanted were there before
            case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
            case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return make_error(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);
            case RD_KAFKA_RESP_ERR__TRANSPORT:
            case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: continue;  // it reconnects by itself
            default: return make_error(message->err);
        }
        // What was prefetched before the last seek.
        if (message->offset < batch.next || rd_kafka_topic_name(message->rkt) != topic_) continue;
        if (message->offset >= limits.end) {
            batch.next = limits.end;
            return {};
        }
        const std::string_view bytes(static_cast<const char*>(message->payload), message->len);
        batch.next = message->offset + 1;
        batch.records.push_back({message->offset, std::string(bytes)});
        limits.bytes -= std::min(limits.bytes, bytes.size());
    }
    return {};
}

}  // namespace pintle::kafka
