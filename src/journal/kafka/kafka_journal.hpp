#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/error_code.hpp>

#include "kafka/announcement.hpp"
#include "kafka/kafka_stream.hpp"
#include "kafka/ownership.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/kafka_journal.hpp"
#include "pintle/kafka/client.hpp"
#include "pintle/stats/histogram.hpp"

namespace pintle::journal::kafka {

// The journal on Kafka: the streams, and what is appended to them. One thread talks with Kafka; a second one asks for
// what librdkafka answers only in the call.
class KafkaJournal final : public Journal {
public:
    KafkaJournal(const KafkaJournalOptions& options, const OwnershipTiming& timing,
                 const MaintenanceTiming& maintenance = {});
    ~KafkaJournal() override;

    Stream create_or_open_stream(std::string_view name) override;
    void rename_streams(std::vector<StreamRename> renames) override;
    void discard(Stream stream) override;
    std::optional<Stream> find_stream(std::string_view name) const override;
    std::vector<std::string> streams() const override;
    void subscribe(Stream stream, CommitListener committed) override;
    void subscribe_dead_letters(Stream stream, DeadLetterListener committed) override;
    void subscribe_ownership(Stream stream, OwnershipListener changed) override;
    bool may_send(Stream stream) const noexcept override;
    void release(Stream stream, ReleaseReason reason) override;
    bool has_room() const noexcept override;
    bool has_room(Stream stream) const noexcept override;
    void set_share(Stream stream, std::uint64_t max_bytes) override;
    void append(WriteBatch append, WriteCallback done) override;
    std::vector<StoredRecord> read(Stream stream, Offset after, std::size_t limit, std::size_t bytes) const override;
    Offset first_pending(Stream stream) const override;
    Offset last(Stream stream) const override;
    std::uint64_t pending(Stream stream) const override;
    std::uint64_t unwritten_acks(Stream stream) const override;
    using Journal::ack;
    using Journal::dead_letter;
    void ack(Stream stream, Offset offset, std::size_t bytes) override;
    void dead_letter(Stream stream, Offset offset, std::size_t bytes, DeadLetter letter) override;
    std::vector<DeadLetter> dead_letters(Stream stream, std::uint64_t after, std::size_t limit) const override;
    DeadLetterUsage dead_letter_usage(Stream stream) const override;
    StreamUsage stream_usage(Stream stream) const override;
    Ledger ledger(Stream stream) const override;
    void message_ids_since(WallTime since, const VisitMessageIds& visit) const override;
    std::optional<std::string> metadata(Stream stream, std::string_view name) const override;
    void set_metadata(Stream stream, std::string_view name, std::string_view value) override;
    std::optional<std::string> metadata(std::string_view name) const override;
    void set_metadata(std::string_view name, std::string_view value) override;
    void submit(Stream stream, std::string command, WriteCallback done) override;
    void subscribe_commands(Stream stream, CommandListener listener) override;
    void subscribe_duplicates(Stream stream, DuplicateListener dropped) override;
    std::optional<Cluster> cluster() const override;
    void announce(Announcement announcement) override;
    Usage usage() const override;
    void close() override;

private:
    struct OpenStream {
        explicit OpenStream(std::unique_ptr<KafkaStream> s) : stream(std::move(s)) {}

        std::unique_ptr<KafkaStream> stream;
        std::atomic<std::uint64_t> max_bytes{0};
        std::atomic<bool> full{false};
        std::atomic<bool> available{true};    // its topic has a leader
        std::atomic<bool> exists{true};       // its topic
        std::atomic<int> replicas{0};         // of its topic
        std::atomic<int> in_sync{0};          // of them
        std::atomic<bool> is_durable{true};   // its topics keep what the journal promises
        std::atomic<bool> may_write{true};    // the brokers allow it
        std::atomic<bool> is_used{false};     // by a destination of this process
        std::atomic<bool> is_deleted{false};  // nothing uses it, and its topics are gone
        int missing = 0;  // how many times in a row its topic was not there; on the thread for questions

        // On the journal's thread
        std::chrono::steady_clock::time_point next_probe;                    // of whether they allow it again
        std::optional<std::chrono::steady_clock::time_point> rejects_since;  // as logged
        std::chrono::steady_clock::time_point last_rejection;
    };
    struct InFlight;
    struct ControlListener;
    enum class RecordUse {
        event,          // it is appended once the brokers have it
        decided_event,  // it is appended once the owner has decided about it
        command,        // it is done once the owner has decided about it; it does not count as an event
    };
    using Streams = std::vector<std::unique_ptr<OpenStream>>;

    // Opening
    using Clock = std::chrono::steady_clock;
    using TopicList = std::vector<pintle::kafka::TopicDescription>;
    std::unique_ptr<pintle::kafka::Producer> make_producer(bool& has_failed);
    TopicList list_topics();
    TopicList create_topics(const TopicNames& names);
    template <class Answer, class Begin>
    std::pair<boost::system::error_code, Answer> ask(Begin begin, const std::string& what, bool may_be_new = false);
    void create_topic(const std::string& name, const pintle::kafka::TopicConfig& config);
    void open_control(const TopicList& topics);
    void create_control() REQUIRES(opening_mutex_);
    void follow_control();
    std::string topic_problems(const std::vector<std::string>& names, const TopicList& topics, bool may_be_new);
    Stream open_stream(std::string_view name);
    template <class Result>
    Result wait_for(std::future<Result> result, std::string_view what) const;

    // Appending, on the journal's thread
    void take_appends();
    void produce(WriteBatch append, const std::shared_ptr<InFlight>& state);
    void produce_alone(Stream stream, std::string entry, WriteCallback done);
    void produce(OpenStream& opened, std::string bytes, RecordUse use, const std::shared_ptr<InFlight>& state);
    void finish(InFlight& state);
    void record_access(OpenStream& opened, boost::system::error_code error);
    void probe_access(OpenStream& opened, std::chrono::steady_clock::time_point now);

    // Time, on the journal's thread
    void wait_for_step();
    void step();
    void step_appends(std::chrono::steady_clock::time_point now);
    void update_room(std::chrono::steady_clock::time_point now);
    std::string journal_rejection(const InFlight* slow, std::chrono::steady_clock::time_point now) const;
    static std::string error_of(const OpenStream& opened);
    void log_rejection(OpenStream& opened, const std::string& reason, std::chrono::steady_clock::time_point now);
    void query_brokers();
    void check_topics(const TopicList& topics);
    void check_settings();
    void forget_deleted(OpenStream& stream);
    void set_reachable(bool reachable, std::string error);
    void producer_failed(boost::system::error_code error, std::string_view message);
    void renew_producers(std::chrono::steady_clock::time_point now);
    std::string silent_brokers(std::chrono::steady_clock::time_point since) const;
    std::string why_slow() const;
    void announce_this();
    void read_announcement(NodeAnnouncement announcement);
    void expire_nodes();
    void read_announcements();
    bool is_all_written() const;

    OpenStream& open(Stream stream) const;
    KafkaStream& find(Stream stream) const { return *open(stream).stream; }
    std::vector<OpenStream*> all() const;  // that are not deleted

    const KafkaJournalOptions options_;
    const pintle::kafka::Settings settings_;
    boost::asio::io_context io_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
    boost::asio::steady_timer timer_{io_};
    mutable pintle::kafka::BlockingReader reader_;     // of records
    mutable pintle::kafka::BlockingReader questions_;  // about topics
    std::unique_ptr<pintle::kafka::Admin> admin_;
    std::unique_ptr<pintle::kafka::Producer> event_producer_;
    std::unique_ptr<pintle::kafka::Producer> owner_producer_;  // apart, so that events do not delay heartbeats
    StreamEnvironment environment_;

    // On the journal's thread
    std::deque<std::shared_ptr<InFlight>> in_flight_;  // in the order in which they were appended
    bool event_producer_failed_ = false;
    bool unreachable_logged_ = false;
    unsigned denied_ = 0;  // streams that may not be written
    bool owner_producer_failed_ = false;
    std::chrono::steady_clock::time_point next_renewal_;  // of producers to which the brokers allow no Write
    struct BrokerError {
        std::chrono::steady_clock::time_point at;
        std::string message;
    };
    std::map<std::string, BrokerError> broker_failures_;  // the last one of each broker, by its address
    bool is_querying_ = false;
    std::chrono::steady_clock::time_point next_query_;
    std::chrono::steady_clock::time_point next_check_;
    std::chrono::steady_clock::time_point next_announcement_;
    std::unique_ptr<ControlListener> control_listener_;
    std::unique_ptr<pintle::kafka::Consumer> control_consumer_;

    const WallTime started_ = wall_now();
    std::atomic<std::uint64_t> append_errors_{0};
    std::atomic<std::uint64_t> broker_errors_{0};
    std::atomic<std::uint64_t> waiting_records_{0};
    std::atomic<std::size_t> waiting_bytes_{0};  // of appends that are not on all in-sync replicas
    std::atomic<bool> reachable_{true};
    std::atomic<bool> slow_{false};  // the oldest append waits too long
    std::atomic<bool> full_{false};
    std::atomic<bool> all_failed_{false};  // each stream that is wanted has an error
    std::atomic<bool> closed_{false};
    stats::Histogram commits_;

    struct Incoming {
        WriteBatch append;
        WriteCallback done;
        boost::system::error_code error;  // set: it is not written
        std::size_t bytes = 0;
    };
    mutable Mutex mutex_;
    std::vector<Incoming> incoming_ GUARDED_BY(mutex_);
    std::string error_ GUARDED_BY(mutex_);
    std::string rejection_ GUARDED_BY(mutex_);     // why the journal as a whole takes no appends
    std::string error_of_all_ GUARDED_BY(mutex_);  // set while `all_failed_`
    Announcement announcement_ GUARDED_BY(mutex_);
    NodeDirectory nodes_ GUARDED_BY(mutex_);
    std::map<std::string, std::string, std::less<>> metadata_ GUARDED_BY(mutex_);  // of the process
    std::shared_ptr<std::promise<void>> all_written_ GUARDED_BY(mutex_);           // `close` waits for it

    mutable SharedMutex streams_mutex_;
    Streams streams_ GUARDED_BY(streams_mutex_);  // only grows
    Mutex opening_mutex_;                         // for `create_or_open_stream` on several threads at once
    bool must_create_control_ GUARDED_BY(opening_mutex_) = false;

    Mutex closing_mutex_;
    std::thread thread_ GUARDED_BY(closing_mutex_);
    boost::asio::thread_pool blocking_{1};
};

}  // namespace pintle::journal::kafka
