#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include "intervals.hpp"
#include "kafka/copies.hpp"
#include "kafka/ledger_codec.hpp"
#include "kafka/ledger_state.hpp"
#include "kafka/owner_state.hpp"
#include "kafka/ownership.hpp"
#include "kafka/topics.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/kafka/client.hpp"

namespace pintle::journal::kafka {

BootTime boot_now();

// How often the owner makes the topics smaller.
struct MaintenanceTiming {
    BootTime snapshot_interval = std::chrono::minutes(1);  // of the ledger's state, at the earliest
    std::uint64_t snapshot_records = 1'000;                // of the ledger since the last one, at least
    BootTime deletion_interval = std::chrono::minutes(1);  // of records that are of no use any more
    CopyRule copies{};                                     // of events that keep those behind them
};

// What all streams of a journal share. All but the reader is used on the io_context's thread.
struct StreamEnvironment {
    boost::asio::io_context& io;
    const pintle::kafka::Settings& settings;
    std::unique_ptr<pintle::kafka::Producer>& producer;  // of ledgers and dead letters; made anew after a fatal error
    std::unique_ptr<pintle::kafka::Admin>& admin;
    pintle::kafka::BlockingReader& reader;
    boost::asio::thread_pool& blocking;  // for the owner's own reads, which must not delay heartbeats
    std::string group;                   // for which owners store how far they are
    NodeId node = 0;
    OwnershipTiming timing;
    MaintenanceTiming maintenance;
    std::chrono::milliseconds dedupe_window{};
    std::uint64_t max_dead_letters = 0;
    std::function<std::string(NodeId)> name_of;  // of a process, for people
};

// One stream of a journal on Kafka. Every process follows its ledger; the owner also reads its events, decides about
// them and writes the ledger. Offsets of the interface are one more than those of the topic.
class KafkaStream {
public:
    KafkaStream(StreamEnvironment& environment, std::string name, TopicNames topics);
    ~KafkaStream();
    KafkaStream(const KafkaStream&) = delete;
    KafkaStream& operator=(const KafkaStream&) = delete;

    // --- On the io_context's thread

    void follow();    // reads the ledger from now on
    void unfollow();  // for good, as its topics are deleted

    // To be called every few milliseconds. `owned`: how many streams this process owns.
    void step(BootTime now, unsigned owned);
    bool is_owner() const { return has_owner_; }
    void begin_release(std::string why);  // of what this process owns; `why` is for the log
    // While somebody has one, this process claims the stream if nobody owns it, also without a destination that
    // delivers it: so a command is done.
    using Claim = std::shared_ptr<const bool>;
    Claim claim() const { return claim_; }
    // A command that this process wrote as this record. It does not count as a pending event.
    void count_command(Offset offset);

    // What was sent with the producer before it was made anew is lost.
    void producer_failed();

    void set_end(std::int64_t end);          // the topic has all records before it
    void count_appended(std::size_t bytes);  // a record of this process, for the mean size

    // Calls `done` once the owner has decided about that record of the topic: the ledger says so. It tells whether the
    // record was dropped, which only commands are.
    using DecisionCallback = std::function<void(bool is_dropped)>;
    void when_decided(Offset offset, DecisionCallback done);

    // --- On any thread

    bool has_followed() const noexcept { return followed_ && found_end_; }  // its state is known
    const std::string& name() const noexcept { return name_; }
    const TopicNames& topics() const noexcept { return topics_; }

    bool may_send() const noexcept { return boot_now().count() < send_until_.load(std::memory_order_acquire); }
    void subscribe_ownership(OwnershipListener changed);
    bool is_wanted() const noexcept { return wanted_; }  // this process delivers it, or would
    void release(ReleaseReason reason);                  // begins it; nothing is claimed until `allow_claim`
    void allow_claim() { releasing_ = false; }
    void subscribe_duplicates(DuplicateListener dropped);
    void subscribe_commands(CommandListener listener);
    void subscribe(CommitListener committed);
    void subscribe_dead_letters(DeadLetterListener committed);

    std::vector<StoredRecord> read(Offset after, std::size_t limit, std::size_t bytes);
    Offset first_pending() const;
    Offset last() const;
    std::uint64_t pending() const;
    std::uint64_t unwritten_acks() const;
    void ack(Offset offset);
    void dead_letter(Offset offset, DeadLetter letter);
    std::vector<DeadLetter> dead_letters(std::uint64_t after, std::size_t limit);
    DeadLetterUsage dead_letter_usage() const;
    Ledger ledger() const;
    std::optional<std::string> metadata(std::string_view name) const;
    void set_metadata(std::string_view name, std::string_view value);

    std::uint64_t pending_bytes() const;  // approximately
    std::uint64_t topic_bytes() const;    // likewise
    struct Owner {
        std::optional<NodeId> node;  // nothing: nobody
        std::uint64_t epoch = 0;
        WallTime since;        // by the clock of the process that claimed or released it
        WallTime last_record;  // that counts, likewise
    };
    Owner owner() const;                                                             // as the ledger says
    std::uint64_t ownership_changes() const noexcept { return ownership_changes_; }  // of this process

    std::string refusal() const;        // why this process does not own it; empty: it may
    std::string error() const;          // why it cannot be written; empty: it can
    void set_error(std::string error);  // of its topics' settings

private:
    struct LedgerListener;
    struct EventListener;
    struct EndListener;
    struct Letter {
        Offset event = 0;  // in the topic
        bool is_record = false;
        std::string bytes;
    };

    struct Command {
        Offset offset = 0;  // in the topic
        std::string bytes;
        WallTime submitted;     // by the clock of the process that submitted it
        BootTime since{};       // when this process read it
        bool is_given = false;  // to the listener
    };

    // Records of the ledger
    void read_ledger(std::span<const pintle::kafka::ConsumedRecord> records);
    void read_ledger(const pintle::kafka::ConsumedRecord& record, BootTime now);
    double written_silence(WallTime appended) const;
    void apply(const pintle::kafka::ConsumedRecord& consumed, const LedgerRecord& record);
    void ignore_invalid(LedgerOffset offset, const LedgerRecord& record);
    void read_ledger_anew();
    void retry_ledger(BootTime now);
    void refuse(const std::string& topic, std::int64_t offset, std::string why);
    void accept_again();

    // The owner
    void begin_ownership(const std::string& why);
    void make_event_consumer();
    void prepare_event_consumer(std::int64_t end);
    void end_ownership(const std::string& why);
    void notify_ownership();
    void publish_lease();
    void read_events(std::span<const pintle::kafka::ConsumedRecord> records);
    void restart_events();
    void skip_gap(Offset next);
    void skip_missing_events();
    void find_end(BootTime now);
    void read_end(std::int64_t end);
    void admit();
    void cache(const std::vector<StoredRecord>& records) REQUIRES(mutex_);
    void send_delta(BootTime now);
    bool is_snapshot_due(BootTime now) const;
    void send_snapshot(BootTime now);
    void count_ledger_record(const pintle::kafka::ConsumedRecord& record);
    void commit_offset(BootTime now);
    void write_mean_size(BootTime now);
    void delete_records(BootTime now);
    void delete_records(const std::string& topic, Offset before, Offset& deleted);
    void begin_copying();
    void read_next_copies();
    void write_copies(const std::vector<StoredRecord>& events);
    void continue_copying();
    void send(std::string record);
    void send_outbox();
    void write_letters();
    bool write_letter(Letter letter);
    void letter_written(const Letter& letter, std::int64_t offset);
    std::string why_released() const;
    void step_release(BootTime now);
    void send_release(BootTime now);
    void log_lost(Offset first, Offset last, std::uint64_t count, std::string_view why) const;
    void report_letters(const Delta& delta);
    void give_commands();
    void finish_command(Offset offset);
    void drop_old_commands();
    bool is_dropped(Offset command) const REQUIRES(mutex_);
    void run_decided();
    void forget_hashes();

    // Reads the topic's records from `from` to the last of `events`, whose records must rise, or until `bytes` are
    // read. `take` is called for those events that are read; `is_event` is false for a record that nobody has decided
    // about and that is none. Returns the record to read next. Throws std::runtime_error where a record is missing.
    using TakeEvent = std::function<void(const PendingEvent& event, std::string record, bool is_event)>;
    boost::system::result<Offset> read_run(std::span<const PendingEvent> events, Offset from, std::size_t bytes,
                                           std::chrono::milliseconds timeout, const TakeEvent& take);
    bool lose_deleted(const PendingEvent& first);

    // Views of the ledger, or of the owner if this process is it
    const Intervals& acked() const REQUIRES(mutex_);
    const Copies& copies() const REQUIRES(mutex_);
    PendingEvents pending_events(Offset from) const REQUIRES(mutex_);
    Offset frontier() const REQUIRES(mutex_);
    Offset readable_end() const REQUIRES(mutex_);
    std::uint64_t mean_size() const REQUIRES(mutex_);
    std::optional<std::uint64_t> ledger_mean_size() const REQUIRES(mutex_);
    void count_size(std::size_t bytes) REQUIRES(mutex_);
    std::uint64_t end() const REQUIRES(mutex_);
    std::uint64_t undecided_commands(Offset frontier) const REQUIRES(mutex_);
    std::uint64_t pending_records() const REQUIRES(mutex_);

    StreamEnvironment& environment_;
    const std::string name_;
    const TopicNames topics_;

    // On the io_context's thread
    Ownership ownership_;
    std::unique_ptr<LedgerListener> ledger_listener_;
    std::unique_ptr<EventListener> event_listener_;
    std::unique_ptr<pintle::kafka::Consumer> ledger_consumer_;
    std::unique_ptr<EndListener> end_listener_;
    std::unique_ptr<pintle::kafka::Consumer> event_consumer_;  // made when the stream is wanted first
    // Only stores offsets: librdkafka reads nothing anew while a commit waits, which it does for good without the right
    // to the group.
    std::unique_ptr<pintle::kafka::Consumer> commit_consumer_;
    std::unique_ptr<pintle::kafka::Consumer> end_consumer_;  // finds where the topic starts and ends
    std::optional<LedgerOffset> ledger_next_;                // to be read
    std::optional<BootTime> ledger_missing_since_;           // the next record is not there
    int ledger_retries_ = 0;
    bool events_missing_ = false;     // the next one to read is deleted
    bool events_stopped_ = false;     // too much is read and not decided
    std::uint64_t owned_epoch_ = 0;   // of the last ownership
    std::uint64_t generation_ = 0;    // of the ownership; what an earlier one began does not count
    std::deque<std::string> outbox_;  // records of the ledger that the producer had no room for
    std::deque<Letter> unsent_letters_;
    std::size_t letters_in_flight_ = 0;
    std::optional<BootTime> release_until_;  // a release waits for letters until then
    std::string release_reason_;
    BootTime last_counted_{};              // when a record of the ledger that counts was read
    std::optional<NodeId> last_owner_;     // also after its release
    std::optional<Offset> refused_event_;  // of a newer version
    std::optional<Offset> skipped_;        // the first record that the reader has left out
    int skips_ = 0;                        // how often
    std::multimap<Offset, DecisionCallback> decided_;
    std::deque<Command> commands_;
    struct Snapshot {
        LedgerOffset offset = no_offset;  // of its first record
        WallTime written;
    };
    std::deque<Snapshot> snapshots_;            // that the ledger has, except those before the last one that is needed
    std::uint64_t records_since_snapshot_ = 0;  // of the ledger
    std::uint64_t bytes_since_snapshot_ = 0;
    std::uint64_t snapshot_bytes_ = 0;  // of the last one that this process sent
    BootTime last_snapshot_{};
    BootTime last_deletion_{};
    BootTime last_commit_{};                           // of the group's offset
    Offset committed_offset_ = 0;                      // that the group has, as this owner wrote it
    BootTime last_prepared_ = -std::chrono::hours(1);  // the consumer of events
    BootTime last_mean_size_{};                        // when it was compared with the ledger's
    Offset deleted_events_ = 0;  // the topic has none before it any more, as this process asked for it
    Offset deleted_letters_ = 0;
    Offset deleted_ledger_ = 0;
    struct Copying {
        std::vector<PendingEvent> left;  // to be read, by their offsets
        std::optional<Offset> reader;    // the record that the next read gets without a seek
        std::size_t in_flight = 0;
        std::size_t bytes = 0;  // of all that are written
        std::uint64_t count = 0;
    };
    std::optional<Copying> copying_;
    Offset copied_until_ = 0;  // after the last copy that this process wrote
    std::optional<BootTime> unwanted_since_;
    std::optional<BootTime> asked_end_;  // and not answered yet
    BootTime next_end_{};                // when to ask again
    const Claim claim_ = std::make_shared<const bool>(true);
    std::optional<BootTime> last_claim_;  // when somebody had one, since the stream was released
    BootTime last_forgotten_{};
    bool refused_ = false;
    bool unfollowed_ = false;

    std::atomic<bool> followed_{false};   // the ledger was read to its end
    std::atomic<bool> found_end_{false};  // of the topic
    std::atomic<bool> wanted_{false};     // an OwnershipListener wants it
    std::atomic<bool> releasing_{false};
    std::atomic<bool> stopping_{false};  // released for that reason: nothing is claimed any more
    std::atomic<bool> has_owner_{false};
    std::atomic<std::uint64_t> ownership_changes_{0};
    std::atomic<std::int64_t> send_until_{0};  // BootTime

    mutable Mutex mutex_;
    LedgerState ledger_ GUARDED_BY(mutex_);
    std::optional<OwnerState> owner_ GUARDED_BY(mutex_);      // while this process owns the stream
    std::map<Offset, std::string> cache_ GUARDED_BY(mutex_);  // the newest admitted and pending records
    std::size_t cache_bytes_ GUARDED_BY(mutex_) = 0;
    std::deque<Letter> new_letters_ GUARDED_BY(mutex_);
    std::size_t letter_bytes_ GUARDED_BY(mutex_) = 0;         // of letters that are not written yet
    std::uint64_t letters_in_making_ GUARDED_BY(mutex_) = 0;  // of pending events, until the ledger names them
    // Letters that the ledger does not name yet, for the listener.
    std::map<Offset, CommittedLetter> unnamed_ GUARDED_BY(mutex_);
    std::set<Offset> commands_written_ GUARDED_BY(mutex_);  // by this process; those that the ledger has not decided
    Offset start_ GUARDED_BY(mutex_) = 0;                   // of the topic, as far as known
    Offset end_ GUARDED_BY(mutex_) = 0;
    std::uint64_t counted_records_ GUARDED_BY(mutex_) = 0;
    std::uint64_t counted_bytes_ GUARDED_BY(mutex_) = 0;
    Owner ledger_owner_ GUARDED_BY(mutex_);
    std::string refusal_ GUARDED_BY(mutex_);
    std::string topic_error_ GUARDED_BY(mutex_);

    Mutex listener_mutex_;
    CommitListener committed_ GUARDED_BY(listener_mutex_);
    DeadLetterListener letters_committed_ GUARDED_BY(listener_mutex_);
    OwnershipListener ownership_changed_ GUARDED_BY(listener_mutex_);
    CommandListener commanded_ GUARDED_BY(listener_mutex_);
    DuplicateListener dropped_ GUARDED_BY(listener_mutex_);
    bool told_began_ GUARDED_BY(listener_mutex_) = false;
};

}  // namespace pintle::journal::kafka
