#include "kafka/kafka_stream.hpp"

#include <ctime>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/post.hpp>

#include "dead_letter_codec.hpp"
#include "kafka/entry_codec.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::journal::kafka {
namespace {

using pintle::kafka::BlockingReader;
using pintle::kafka::ConsumedRecord;
using pintle::kafka::Consumer;

constexpr std::size_t max_cached_bytes = 64U << 20U;
constexpr std::size_t max_waiting_bytes = 64U << 20U;  // that are read and not decided; then reading stops
constexpr std::size_t max_letter_bytes = 64U << 20U;   // of letters that are not written yet
constexpr std::size_t max_letters_in_flight = 1'000;
constexpr Offset max_letters_read = 1'000;     // at once
constexpr std::uint64_t assumed_size = 1'000;  // of a record, before one was seen
constexpr std::chrono::seconds read_timeout{5};
constexpr std::chrono::seconds short_read_timeout{2};  // of a process that does not own the stream
constexpr std::chrono::seconds copy_read_timeout{1};   // less, as the questions to the brokers wait meanwhile
constexpr std::size_t max_copy_read = 1U << 20U;       // bytes at once
constexpr std::size_t max_copied_bytes = 8U << 20U;    // by one deletion
constexpr Offset max_gap = 5'000;                      // of acked records that are read rather than skipped by a seek
constexpr std::size_t max_run = 10'000;                // events that are read at once
constexpr std::chrono::seconds end_interval{1};
constexpr std::chrono::seconds end_timeout{5};
constexpr std::chrono::seconds prepare_interval{60};
constexpr std::chrono::milliseconds ledger_retry_interval{200};
constexpr int max_ledger_retries = 3;
constexpr int max_skips = 3;  // of the same record, before it is lost
constexpr std::chrono::seconds release_timeout{1};
constexpr std::chrono::seconds unwanted_timeout{2};  // a reload takes one listener's place by another
constexpr std::chrono::seconds claim_rest{2};        // after a command, as the next one often comes soon
constexpr std::chrono::seconds command_timeout{8};   // less than its sender waits
constexpr std::chrono::seconds forget_interval{10};
constexpr std::chrono::seconds commit_interval{1};

constexpr std::string_view dropped_commands = "journal.dropped_commands";  // their last offsets, between spaces
constexpr std::string_view mean_size_name = "journal.mean_record_bytes";
constexpr std::chrono::seconds mean_size_interval{1};
constexpr std::uint64_t max_counted = 10'000;     // records; then older ones count less
constexpr std::uint64_t weight_of_known = 1'000;  // of the ledger's mean size, in records
constexpr std::size_t max_dropped = 16;           // that the ledger names

const boost::system::error_code out_of_range = pintle::kafka::make_error(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE);

std::int64_t to_topic(Offset offset) {
    return static_cast<std::int64_t>(offset);
}

Offset from_topic(std::int64_t offset) {
    return static_cast<Offset>(offset);
}

// Whether the records of both are read at once, and what is between them with them.
bool follows(const PendingEvent& first, const PendingEvent& second) {
    return second.record > first.record && second.record - first.record < max_gap;
}

std::vector<Offset> dropped_offsets(std::string_view text) {
    std::vector<Offset> offsets;
    while (!text.empty()) {
        Offset offset = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
        if (error != std::errc{}) break;
        offsets.push_back(offset);
        text.remove_prefix(std::min(text.size(), static_cast<std::size_t>(end - text.data()) + 1));
    }
    return offsets;
}

std::string add_dropped(std::string_view text, Offset added) {
    auto offsets = dropped_offsets(text);
    offsets.push_back(added);
    if (offsets.size() > max_dropped) offsets.erase(offsets.begin());
    std::string out;
    for (const auto offset : offsets) {
        if (!out.empty()) out += ' ';
        out += std::to_string(offset);
    }
    return out;
}

// Where the reading of an event's record begins, if the reader stands at `reader`.
Offset reading_start(const PendingEvent& event, std::optional<Offset> reader) {
    const bool is_near = reader && *reader <= event.record && event.record - *reader < max_gap;
    return is_near ? *reader : event.record;
}

}  // namespace

BootTime boot_now() {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

namespace {

// Leaves out what says least.
void shorten(std::string& bytes) {
    auto letter = decode_letter(0, bytes);
    if (!letter) return;
    if (letter->body.empty()) letter->event.resize(letter->event.size() / 2);
    letter->body.clear();
    bytes = encode(*letter);
}

}  // namespace

struct KafkaStream::LedgerListener final : pintle::kafka::ConsumerListener {
    explicit LedgerListener(KafkaStream& s) : stream(s) {}
    void on_records(std::span<const ConsumedRecord> records) override { stream.read_ledger(records); }
    void on_end(std::int64_t) override {
        stream.ownership_.reached_end(boot_now());
        stream.followed_ = true;
    }
    void on_offset_out_of_range() override { stream.ledger_missing_since_ = boot_now(); }
    void on_error(boost::system::error_code error, std::string_view message, bool is_fatal) override {
        logging::debug("kafka_consumer_error topic=\"{}\" code={} message=\"{}\" fatal={}", stream.topics_.ledger,
                       error.value(), message, is_fatal);
    }
    KafkaStream& stream;
};

struct KafkaStream::EventListener final : pintle::kafka::ConsumerListener {
    explicit EventListener(KafkaStream& s) : stream(s) {}
    void on_records(std::span<const ConsumedRecord> records) override { stream.read_events(records); }
    void on_end(std::int64_t) override {
        if (!stream.has_owner_) stream.event_consumer_->stop();
    }
    void on_offset_out_of_range() override { stream.events_missing_ = stream.has_owner_; }
    void on_error(boost::system::error_code error, std::string_view message, bool is_fatal) override {
        logging::debug("kafka_consumer_error topic=\"{}\" code={} message=\"{}\" fatal={}", stream.topics_.events,
                       error.value(), message, is_fatal);
    }
    KafkaStream& stream;
};

struct KafkaStream::EndListener final : pintle::kafka::ConsumerListener {
    explicit EndListener(KafkaStream& s) : stream(s) {}
    void on_records(std::span<const ConsumedRecord> records) override { stream.read_end(records.back().offset + 1); }
    void on_end(std::int64_t next) override { stream.read_end(next); }
    void on_offset_out_of_range() override {}
    void on_error(boost::system::error_code, std::string_view, bool) override {}
    KafkaStream& stream;
};

KafkaStream::KafkaStream(StreamEnvironment& environment, std::string name, TopicNames topics)
    : environment_(environment),
      name_(std::move(name)),
      topics_(std::move(topics)),
      ownership_(environment.node, environment.timing),
      ledger_listener_(std::make_unique<LedgerListener>(*this)),
      event_listener_(std::make_unique<EventListener>(*this)),
      end_listener_(std::make_unique<EndListener>(*this)) {
    ownership_.set_eligible(false);
}

KafkaStream::~KafkaStream() = default;

namespace {

// It can fail only if the consumer has failed for good.
void start_reading(Consumer& consumer, std::int64_t offset) {
    if (const auto error = consumer.start(offset)) {
        logging::error("kafka_consumer_failed message=\"{}\"", error.message());
    }
}

}  // namespace

void KafkaStream::follow() {
    ledger_consumer_ =
        std::make_unique<Consumer>(environment_.io, environment_.settings, topics_.ledger, *ledger_listener_);
    start_reading(*ledger_consumer_, Consumer::from_start);
    end_consumer_ = std::make_unique<Consumer>(environment_.io, environment_.settings, topics_.events, *end_listener_);
    find_end(boot_now());
}

void KafkaStream::unfollow() {
    end_ownership("its topics are deleted");
    unfollowed_ = true;
    for (const auto& consumer : {&ledger_consumer_, &event_consumer_, &commit_consumer_, &end_consumer_}) {
        if (*consumer) (*consumer)->abandon();
    }
}

// ---- Records of the ledger ----

void KafkaStream::read_ledger(std::span<const ConsumedRecord> records) {
    const auto now = boot_now();
    for (const auto& record : records) read_ledger(record, now);
    ledger_next_ = records.back().offset + 1;
    ledger_retries_ = 0;
    publish_lease();
    run_decided();
}

void KafkaStream::read_ledger(const ConsumedRecord& consumed, BootTime now) {
    const auto record = decode_ledger_record(consumed.bytes);
    if (!record) {
        if (record.error() == DecodeError::newer_version) {
            refuse(topics_.ledger, consumed.offset, "the ledger has a record of a newer version of pintle");
        } else {
            logging::error("ledger_record_damaged destination={} offset={}", name_, consumed.offset);
        }
        return;
    }
    const auto former = ownership_.log().owner();
    const auto [counts, change] = ownership_.read(consumed.offset, record->header, now);
    if (change == Ownership::Change::ended) {
        end_ownership(fmt::format("node {} has it, as this one wrote nothing for {:.1f} s",
                                  environment_.name_of(record->header.node), written_silence(consumed.appended)));
    }
    const auto silence = std::chrono::duration<double>(now - last_counted_).count();
    if (counts) {
        last_counted_ = now;
        apply(consumed, *record);
    }
    count_ledger_record(consumed);
    if (change == Ownership::Change::began) {
        auto why = std::string("it had no owner before");
        if (last_owner_) why = fmt::format("node {} gave it up", environment_.name_of(*last_owner_));
        if (former) why = fmt::format("node {} wrote nothing for {:.1f} s", environment_.name_of(*former), silence);
        begin_ownership(why);
    }
    if (counts) last_owner_ = record->header.node;
}

// The seconds from the last record that counts to one of that time. A process that stood still reads both at once, so
// only the records' own times tell it; two machines' clocks may differ.
double KafkaStream::written_silence(WallTime appended) const {
    const MutexLock lock(mutex_);
    return std::max(0.0, std::chrono::duration<double>(appended - ledger_owner_.last_record).count());
}

void KafkaStream::apply(const ConsumedRecord& consumed, const LedgerRecord& record) {
    const auto offset = consumed.offset;
    auto result = ApplyResult::applied;
    {
        const MutexLock lock(mutex_);
        const auto& log = ownership_.log();
        if (ledger_owner_.node != log.owner() || ledger_owner_.epoch != log.epoch()) {
            ledger_owner_.node = log.owner();
            ledger_owner_.epoch = log.epoch();
            ledger_owner_.since = consumed.appended;
        }
        ledger_owner_.last_record = consumed.appended;
        result = ledger_.apply(offset, record);
        if (owner_ && result == ApplyResult::applied) {
            owner_->read_back(record.delta);
            letters_in_making_ -= static_cast<std::uint64_t>(
                std::ranges::count_if(record.delta.dead_letters, [&](const NamedLetter& named) {
                    mutex_.assert_held();
                    const auto letter = unnamed_.find(named.offset);
                    return letter != unnamed_.end() && letter->second.offset != 0;
                }));
        }
    }
    if (result == ApplyResult::invalid) return ignore_invalid(offset, record);
    report_letters(record.delta);
}

// No process applies it. Its writer has another state than the ledger, and begins anew.
void KafkaStream::ignore_invalid(LedgerOffset offset, const LedgerRecord& record) {
    logging::error("ledger_record_invalid destination={} offset={} epoch={}", name_, offset, record.header.epoch);
    if (record.header.node != environment_.node || !has_owner_) return;
    send_release(boot_now());
    end_ownership("the ledger does not have what this process knows");
}

void KafkaStream::read_ledger_anew() {
    end_ownership("the ledger has to be read anew");
    ownership_.read_anew();
    {
        const MutexLock lock(mutex_);
        ledger_ = {};
    }
    snapshots_.clear();
    ledger_next_.reset();
    ledger_retries_ = 0;
    start_reading(*ledger_consumer_, Consumer::from_start);
}

// A broker that has just become the leader may not have the last records yet, so it is asked again before the records
// are taken for deleted.
void KafkaStream::retry_ledger(BootTime now) {
    if (!ledger_missing_since_ || now - *ledger_missing_since_ < ledger_retry_interval) return;
    ledger_missing_since_.reset();
    logging::warn("ledger_missing destination={} offset={}", name_, ledger_next_.value_or(0));
    const auto start = ledger_consumer_->log_start().value_or(0);
    if (!ledger_next_ || start > *ledger_next_ || ++ledger_retries_ > max_ledger_retries) return read_ledger_anew();
    start_reading(*ledger_consumer_, *ledger_next_);
}

// The stream cannot be owned by this process: another one can.
void KafkaStream::refuse(const std::string& topic, std::int64_t offset, std::string why) {
    if (std::exchange(refused_, true)) return;
    logging::error("stream_refused destination={} topic=\"{}\" offset={} message=\"{}\"", name_, topic, offset, why);
    ownership_.set_eligible(false);
    begin_release(why);
    const MutexLock lock(mutex_);
    refusal_ = fmt::format("{} (topic {}, offset {})", why, topic, offset);
}

// Somebody has deleted the record because of which the stream was refused.
void KafkaStream::accept_again() {
    refused_ = false;
    refused_event_.reset();
    logging::info("stream_accepted destination={} message=\"the record that was refused is deleted\"", name_);
    const MutexLock lock(mutex_);
    refusal_.clear();
}

// ---- The owner ----

void KafkaStream::begin_ownership(const std::string& why) {
    ++generation_;
    Offset from = 0;
    {
        const MutexLock lock(mutex_);
        if (!ledger_.is_complete()) return ownership_.begin_release();  // its snapshot is not all there
        cache_.clear();
        cache_bytes_ = 0;
        owner_.emplace(ledger_, environment_.dedupe_window);
        from = owner_->next_read();
        if (const auto known = ledger_mean_size()) {
            counted_records_ = weight_of_known;
            counted_bytes_ = *known * weight_of_known;
        }
    }
    has_owner_ = true;
    ++ownership_changes_;
    owned_epoch_ = ownership_.log().epoch();
    logging::info("stream_owned destination={} epoch={} message=\"{}\"", name_, owned_epoch_, why);
    make_event_consumer();
    if (!commit_consumer_) {
        auto settings = environment_.settings;
        settings.emplace_back("group.id", environment_.group);
        commit_consumer_ = std::make_unique<Consumer>(environment_.io, settings, topics_.events, *event_listener_);
    }
    events_stopped_ = false;
    events_missing_ = false;
    skipped_.reset();
    committed_offset_ = 0;
    start_reading(*event_consumer_, to_topic(from));
    publish_lease();
    notify_ownership();
}

void KafkaStream::make_event_consumer() {
    if (event_consumer_) return;
    event_consumer_ =
        std::make_unique<Consumer>(environment_.io, environment_.settings, topics_.events, *event_listener_);
}

// A consumer that reads for the first time, or after a long time, needs half a second to find and reach the topic's
// leader. So a process that may become the owner reads the end of the topic now and then.
void KafkaStream::prepare_event_consumer(std::int64_t end) {
    const auto now = boot_now();
    if (has_owner_ || !wanted_ || now - last_prepared_ < prepare_interval) return;
    last_prepared_ = now;
    make_event_consumer();
    start_reading(*event_consumer_, end);
    const auto is_empty = [&] {
        const MutexLock lock(mutex_);
        return start_ >= from_topic(end);
    }();
    if (is_empty) return;
    // The new owner reads with this one what the last owner left pending.
    boost::asio::post(environment_.blocking, [this, end] {
        const auto read = environment_.reader.read(topics_.events, end - 1, {end, 1, 1}, copy_read_timeout);
        if (!read) logging::debug("kafka_reader_unprepared topic=\"{}\"", topics_.events);
    });
}

void KafkaStream::end_ownership(const std::string& why) {
    if (!has_owner_) return;
    ++generation_;
    send_until_ = 0;
    has_owner_ = false;
    ++ownership_changes_;
    release_until_.reset();
    unsent_letters_.clear();
    letters_in_flight_ = 0;
    commands_.clear();
    copying_.reset();
    event_consumer_->stop();
    {
        const MutexLock lock(mutex_);
        owner_.reset();
        cache_.clear();
        cache_bytes_ = 0;
        new_letters_.clear();
        letter_bytes_ = 0;
        letters_in_making_ = 0;
        unnamed_.clear();
    }
    logging::info("stream_given_up destination={} epoch={} message=\"{}\"", name_, owned_epoch_, why);
    notify_ownership();
}

void KafkaStream::notify_ownership() {
    const MutexLock lock(listener_mutex_);
    const bool owns = has_owner_;
    if (!ownership_changed_ || told_began_ == owns) return;
    told_began_ = owns;
    ownership_changed_(owns ? OwnershipChange::began : OwnershipChange::ended);
}

void KafkaStream::publish_lease() {
    const bool may = has_owner_ && ownership_.is_owner() && !ownership_.is_releasing() && !release_until_;
    send_until_.store(may ? ownership_.lease_until().count() : 0, std::memory_order_release);
}

// Asks where the topic starts and ends.
void KafkaStream::find_end(BootTime now) {
    if (now < next_end_ || (asked_end_ && now - *asked_end_ < end_timeout)) return;
    next_end_ = now + end_interval;
    asked_end_ = now;
    start_reading(*end_consumer_, Consumer::from_end);
}

void KafkaStream::read_end(std::int64_t end) {
    if (!asked_end_) return;
    asked_end_.reset();
    set_end(end);
    if (const auto start = end_consumer_->log_start()) {
        const MutexLock lock(mutex_);
        start_ = std::max(start_, from_topic(*start));
    }
    end_consumer_->stop();
    found_end_ = true;
    if (const auto start = end_consumer_->log_start(); refused_event_ && start && from_topic(*start) > *refused_event_)
        accept_again();
    if (events_missing_ && has_owner_) skip_missing_events();
    prepare_event_consumer(end);
}

// Somebody else has deleted records that the owner had not read.
void KafkaStream::skip_missing_events() {
    events_missing_ = false;
    Offset first = 0;
    std::uint64_t lost = 0;
    {
        const MutexLock lock(mutex_);
        first = owner_->next_read();
        lost = owner_->lose_before(start_);
    }
    if (lost > 0) {
        log_lost(first, first + lost - 1, lost, "they are deleted from the topic");
    } else {
        logging::error("events_not_read destination={} topic=\"{}\" offset={} message=\"the topic ends before it\"",
                       name_, topics_.events, first);
    }
    restart_events();
    admit();
}

// Offsets are those of the topic.
void KafkaStream::log_lost(Offset first, Offset last, std::uint64_t count, std::string_view why) const {
    logging::error("records_lost destination={} topic=\"{}\" first={} last={} count={} message=\"{}\"", name_,
                   topics_.events, first, last, count, why);
}

void KafkaStream::read_events(std::span<const ConsumedRecord> records) {
    if (!has_owner_) return event_consumer_->stop();
    if (events_stopped_) return;
    set_end(records.back().offset + 1);
    bool is_skipped = false;
    std::optional<Offset> newer;
    std::vector<Offset> foreign;
    for (const auto& record : records) {
        const auto entry = decode_entry(record.bytes);
        if (!entry && entry.error() == DecodeError::newer_version) {
            newer = from_topic(record.offset);
            break;
        }
        const auto action = [&] {
            const MutexLock lock(mutex_);
            count_size(record.bytes.size());
            if (!entry && owner_->next_read() == from_topic(record.offset)) foreign.push_back(owner_->next_read());
            return owner_->read(from_topic(record.offset), record.bytes, entry, record.appended);
        }();
        switch (action) {
            case OwnerState::Action::none: break;
            case OwnerState::Action::write_letter:
                unsent_letters_.push_back({from_topic(record.offset), false, std::string(entry->bytes)});
                break;
            case OwnerState::Action::run_command:
                commands_.push_back(
                    {from_topic(record.offset), std::string(entry->bytes), record.appended, boot_now(), false});
                break;
            case OwnerState::Action::read_again: is_skipped = true; break;
        }
        if (is_skipped) {
            skip_gap(from_topic(record.offset));
            break;
        }
    }
    if (!foreign.empty()) {
        log_lost(foreign.front(), foreign.back(), foreign.size(),
                 "no records of pintle: somebody else writes to the topic");
    }
    write_letters();
    admit();
    give_commands();
    if (!newer) return;
    refuse(topics_.events, to_topic(*newer), "a record was written by a newer version of pintle");
    refused_event_ = newer;
}

// The reader has left out records before `next`. They are read again some times before they are lost: the topic has
// none there. Where somebody else's transaction ends, it has an offset without a record.
void KafkaStream::skip_gap(Offset next) {
    Offset first = 0;
    std::uint64_t lost = 0;
    {
        const MutexLock lock(mutex_);
        first = owner_->next_read();
        skips_ = skipped_ == first ? skips_ + 1 : 1;
        if (skips_ > max_skips) lost = owner_->lose_before(next);
    }
    skipped_ = first;
    if (lost > 0) {
        log_lost(first, next - 1, lost, "the topic has no records there: somebody else writes to it");
    } else {
        logging::error("events_skipped destination={} topic=\"{}\" offset={}", name_, topics_.events, first);
    }
    restart_events();
}

// Decides about what was read, and passes on what is admitted.
void KafkaStream::admit() {
    std::vector<StoredRecord> admitted;
    std::vector<Duplicate> duplicates;
    bool stop = false;
    bool restart = false;
    {
        const MutexLock lock(mutex_);
        if (!owner_) return;
        owner_->admit(admitted);
        duplicates = owner_->take_duplicates();
        cache(admitted);
        stop = !events_stopped_ && owner_->waiting_bytes() > max_waiting_bytes;
        restart = events_stopped_ && owner_->waiting_bytes() < max_waiting_bytes / 4;
    }
    if (stop) {
        events_stopped_ = true;
        event_consumer_->stop();
    }
    if (restart) restart_events();
    for (auto& record : admitted) ++record.offset;
    const MutexLock lock(listener_mutex_);
    if (committed_ && !admitted.empty()) committed_(admitted);
    if (dropped_ && !duplicates.empty()) dropped_(std::move(duplicates));
}

void KafkaStream::restart_events() {
    events_stopped_ = false;
    const auto from = [&] {
        const MutexLock lock(mutex_);
        return owner_->next_read();
    }();
    start_reading(*event_consumer_, to_topic(from));
}

void KafkaStream::cache(const std::vector<StoredRecord>& records) {
    for (const auto& record : records) {
        cache_bytes_ += record.bytes.size();
        cache_.emplace_hint(cache_.end(), record.offset, record.bytes);
    }
    while (cache_bytes_ > max_cached_bytes) {
        cache_bytes_ -= cache_.begin()->second.size();
        cache_.erase(cache_.begin());
    }
}

void KafkaStream::step(BootTime now, unsigned owned) {
    if (!end_consumer_ || unfollowed_) return;  // it is in the journal's list before it follows its ledger
    if (now - last_forgotten_ >= forget_interval) {
        last_forgotten_ = now;
        forget_hashes();
    }
    const bool is_claimed = claim_.use_count() > 1;
    const bool is_wanted = ((wanted_ && !releasing_) || is_claimed) && !stopping_;
    ownership_.set_eligible(is_wanted && !refused_);
    if (is_claimed) last_claim_ = now;
    if (is_wanted) unwanted_since_.reset();
    if (!is_wanted && !unwanted_since_) unwanted_since_ = now;
    const bool may_keep = !stopping_ && last_claim_ && now - *last_claim_ <= claim_rest;
    if (has_owner_ && !is_wanted && !may_keep && (releasing_ || now - *unwanted_since_ > unwanted_timeout)) {
        begin_release(why_released());
    }
    find_end(now);
    retry_ledger(now);
    send_outbox();
    if (!has_owner_) {
        const auto action = ownership_.next(now, owned).action;
        if (action == Ownership::Action::claim) send(encode_claim(ownership_.send(RecordKind::claim, now)));
        if (action == Ownership::Action::release) send_release(now);
        return;
    }
    write_letters();
    admit();
    give_commands();
    if (release_until_) return step_release(now);
    commit_offset(now);
    write_mean_size(now);
    delete_records(now);
    if (!outbox_.empty() || ownership_.unread() >= max_unread_records) return;
    // The state says all that was sent only when all of it is read back. Until then nothing more is sent.
    if (is_snapshot_due(now)) {
        if (ownership_.unread() == 0) send_snapshot(now);
        return;
    }
    const bool is_dirty = [&] {
        const MutexLock lock(mutex_);
        owner_->evict_letters(environment_.max_dead_letters);
        return owner_->is_dirty();
    }();
    if (is_dirty || ownership_.next(now, owned).action == Ownership::Action::heartbeat) send_delta(now);
}

void KafkaStream::send_delta(BootTime now) {
    const auto delta = [&] {
        const MutexLock lock(mutex_);
        return owner_->take_delta(wall_now());
    }();
    send(encode_delta(ownership_.send(RecordKind::delta, now), delta));
}

// ---- Maintenance ----

void KafkaStream::count_ledger_record(const ConsumedRecord& record) {
    ++records_since_snapshot_;
    bytes_since_snapshot_ += record.bytes.size();
    const auto offset = [&] {
        const MutexLock lock(mutex_);
        return ledger_.snapshot_offset();
    }();
    if (!offset || (!snapshots_.empty() && snapshots_.back().offset == *offset)) return;
    snapshots_.push_back({*offset, record.appended});
    records_since_snapshot_ = 0;
    bytes_since_snapshot_ = 0;
}

// The records since the last one are what a new process has to read. A large snapshot is worth many of them.
bool KafkaStream::is_snapshot_due(BootTime now) const {
    const auto& timing = environment_.maintenance;
    if (records_since_snapshot_ < timing.snapshot_records) return false;
    const auto waited = now - last_snapshot_;
    return waited >= timing.snapshot_interval &&
           (bytes_since_snapshot_ >= snapshot_bytes_ || waited >= 10 * timing.snapshot_interval);
}

void KafkaStream::send_snapshot(BootTime now) {
    last_snapshot_ = now;
    const auto state = [&] {
        const MutexLock lock(mutex_);
        return ledger_.encode();
    }();
    snapshot_bytes_ = state.size();
    for (const auto& part : cut_snapshot(state)) {
        send(encode_snapshot(ownership_.send(RecordKind::snapshot, now), part));
    }
}

// For Kafka's own tools: the lag that they show reaches from the oldest pending event to the end.
void KafkaStream::commit_offset(BootTime now) {
    if (now - last_commit_ < commit_interval) return;
    last_commit_ = now;
    const auto offset = [&] {
        const MutexLock lock(mutex_);
        return ledger_.first_pending();
    }();
    if (offset == committed_offset_) return;
    committed_offset_ = offset;
    commit_consumer_->commit(to_topic(offset));
}

// Deletes events and letters that are done with, and what the ledger has before the last snapshot that is older than
// the window of message hashes. All of it may be deleted whoever owns the stream now.
void KafkaStream::delete_records(BootTime now) {
    if (now - last_deletion_ < environment_.maintenance.deletion_interval) return;
    last_deletion_ = now;
    if (!copying_) begin_copying();
    Offset events = 0;
    Offset letters = 0;
    {
        const MutexLock lock(mutex_);
        events = ledger_.first_pending();
        letters = ledger_.letters().empty() ? ledger_.letters_end() : ledger_.letters().begin()->first;
        if (!unnamed_.empty()) letters = std::min(letters, unnamed_.begin()->first);
    }
    const auto window = wall_now() - environment_.dedupe_window;
    while (snapshots_.size() > 1 && snapshots_[1].written < window) snapshots_.pop_front();
    delete_records(topics_.events, events, deleted_events_);
    delete_records(topics_.dead_letters, letters, deleted_letters_);
    if (!snapshots_.empty() && snapshots_.front().written < window) {
        delete_records(topics_.ledger, from_topic(snapshots_.front().offset), deleted_ledger_);
    }
}

void KafkaStream::delete_records(const std::string& topic, Offset before, Offset& deleted) {
    if (before <= deleted) return;
    const auto done = [&topic, &deleted](boost::system::error_code error, std::int64_t start) {
        if (error) {
            logging::warn("kafka_records_not_deleted topic=\"{}\" message=\"{}\"", topic, error.message());
        } else {
            deleted = std::max(deleted, from_topic(start));
        }
    };
    environment_.admin->delete_records(topic, to_topic(before), done);
}

// ---- Copies ----

// Events that are retried for long keep all records behind them, as a topic is deleted from its start. A few are copied
// to the end; the next delta after a copy is read moves its event there.
void KafkaStream::begin_copying() {
    auto events = [&]() -> std::vector<PendingEvent> {
        const MutexLock lock(mutex_);
        // Before that an event would be copied again whose copy is not read yet.
        if (ledger_.frontier() < copied_until_) return {};
        return find_events_to_copy(acked(), copies(), frontier(), mean_size(), environment_.maintenance.copies);
    }();
    if (events.empty()) return;
    Copying copying;
    copying.left = std::move(events);
    copying_ = std::move(copying);
    read_next_copies();
}

void KafkaStream::read_next_copies() {
    const auto& left = copying_->left;
    const auto end = std::ranges::adjacent_find(left, std::not_fn(follows));
    std::vector<PendingEvent> run(left.begin(), end == left.end() ? end : std::next(end));
    const auto from = reading_start(run.front(), copying_->reader);
    boost::asio::post(environment_.blocking, [this, generation = generation_, from, run = std::move(run)] {
        std::vector<StoredRecord> events;
        std::optional<Offset> next;
        std::string problem;
        try {
            const auto take = [&](const PendingEvent& event, std::string record, bool) {
                events.push_back({event.offset, std::move(record)});
            };
            const auto read = read_run(run, from, max_copy_read, copy_read_timeout, take);
            if (read && *read > from) next = *read;
            if (!read) problem = read.error().message();
        } catch (const std::runtime_error& error) {
            problem = error.what();
        }
        if (!problem.empty()) logging::warn("events_not_copied destination={} message=\"{}\"", name_, problem);
        boost::asio::post(environment_.io, [this, generation, next, events = std::move(events)] {
            if (generation != generation_) return;
            copying_->reader = next;
            if (!next) copying_->left.clear();  // they are tried again by a later deletion
            write_copies(events);
        });
    });
}

void KafkaStream::write_copies(const std::vector<StoredRecord>& events) {
    auto& left = copying_->left;
    const auto done = [this, generation = generation_](boost::system::error_code error, std::int64_t offset) {
        if (generation != generation_) return;
        if (!error) {
            copied_until_ = std::max(copied_until_, from_topic(offset) + 1);
            ++copying_->count;
        }
        --copying_->in_flight;
        continue_copying();
    };
    if (!events.empty()) {
        std::erase_if(left, [&](const PendingEvent& event) { return event.offset <= events.back().offset; });
    }
    for (const auto& [offset, record] : events) {
        const bool is_pending = [&] {
            const MutexLock lock(mutex_);
            return owner_->is_pending(offset);
        }();
        // A damaged record can look like one of a newer version. It becomes a dead letter soon.
        if (!is_pending || is_of_newer_version(record)) continue;
        const auto copy = encode_copy(offset, record);
        if (environment_.producer->append(topics_.events, copy, done)) continue;
        ++copying_->in_flight;
        copying_->bytes += copy.size();
        if (copying_->bytes >= max_copied_bytes) left.clear();
    }
    continue_copying();
}

void KafkaStream::continue_copying() {
    if (copying_->in_flight > 0) return;
    if (!copying_->left.empty() && !release_until_) return read_next_copies();
    if (copying_->count > 0) logging::info("events_copied destination={} count={}", name_, copying_->count);
    copying_.reset();
}

void KafkaStream::send(std::string record) {
    outbox_.push_back(std::move(record));
    send_outbox();
}

void KafkaStream::send_outbox() {
    for (; !outbox_.empty(); outbox_.pop_front()) {
        const auto failed = [this, generation = generation_](boost::system::error_code error, std::int64_t) {
            if (!error || generation != generation_ || !has_owner_) return;
            // The records after it would be made for a state that the ledger does not have.
            logging::error("ledger_write_failed destination={} message=\"{}\"", name_, error.message());
            send_release(boot_now());
            end_ownership("the ledger cannot be written: " + error.message());
        };
        if (environment_.producer->append(topics_.ledger, outbox_.front(), failed)) return;
    }
}

void KafkaStream::producer_failed() {
    ownership_.forget_sent();
    outbox_.clear();
    if (!has_owner_) return;
    send_release(boot_now());
    end_ownership("the client of Kafka has failed");
}

void KafkaStream::send_release(BootTime now) {
    ownership_.begin_release();
    send(encode_release(ownership_.send(RecordKind::release, now)));
}

// ---- Dead letters ----

void KafkaStream::write_letters() {
    if (!has_owner_) return;
    {
        const MutexLock lock(mutex_);
        for (auto& letter : new_letters_) unsent_letters_.push_back(std::move(letter));
        new_letters_.clear();
    }
    while (!unsent_letters_.empty() && letters_in_flight_ < max_letters_in_flight) {
        auto letter = std::move(unsent_letters_.front());
        unsent_letters_.pop_front();
        if (!write_letter(std::move(letter))) return;
    }
}

// Returns false if the producer has no room: the letter is then tried again later.
bool KafkaStream::write_letter(Letter letter) {
    auto shared = std::make_shared<Letter>(std::move(letter));
    const auto done = [this, shared, generation = generation_](boost::system::error_code error, std::int64_t offset) {
        if (generation != generation_) return;
        --letters_in_flight_;
        if (!error) return letter_written(*shared, offset);
        logging::error("dead_letter_write_failed destination={} message=\"{}\"", name_, error.message());
        unsent_letters_.push_back(std::move(*shared));
    };
    const auto error = environment_.producer->append(topics_.dead_letters, shared->bytes, done);
    if (!error) {
        ++letters_in_flight_;
        return true;
    }
    if (error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)) shorten(shared->bytes);
    unsent_letters_.push_front(std::move(*shared));
    return false;
}

void KafkaStream::letter_written(const Letter& letter, std::int64_t offset) {
    {
        const MutexLock lock(mutex_);
        if (!owner_) return;
        const NamedLetter named{from_topic(offset), letter.bytes.size()};
        if (letter.is_record) {
            letter_bytes_ -= std::min(letter_bytes_, letter.bytes.size());
            owner_->finish_dead_letter(letter.event, named);
        } else {
            owner_->finish_letter(letter.event, named);
        }
        auto decoded = decode_letter(named.offset + 1, letter.bytes).value_or(DeadLetter{});
        decoded.id = named.offset + 1;
        unnamed_[named.offset] = {letter.is_record ? letter.event + 1 : 0, std::move(decoded)};
    }
    admit();
}

// The letters exist now.
void KafkaStream::report_letters(const Delta& delta) {
    if (!has_owner_ || delta.dead_letters.empty()) return;
    std::vector<CommittedLetter> letters;
    {
        const MutexLock lock(mutex_);
        for (const auto& named : delta.dead_letters) {
            auto node = unnamed_.extract(named.offset);
            if (!node.empty()) letters.push_back(std::move(node.mapped()));
        }
    }
    std::ranges::sort(letters, {}, [](const CommittedLetter& letter) { return letter.letter.id; });
    const MutexLock lock(listener_mutex_);
    if (letters_committed_ && !letters.empty()) letters_committed_(std::move(letters));
}

// ---- Commands ----

void KafkaStream::give_commands() {
    drop_old_commands();
    const MutexLock lock(listener_mutex_);
    if (!commanded_ || !told_began_) return;
    for (auto& command : commands_) {
        if (std::exchange(command.is_given, true)) continue;
        const auto done = [this, offset = command.offset, generation = generation_] {
            boost::asio::post(environment_.io, [this, offset, generation] {
                if (generation == generation_) finish_command(offset);
            });
        };
        commanded_(command.bytes, done);
    }
}

void KafkaStream::finish_command(Offset offset) {
    if (std::erase_if(commands_, [&](const Command& command) { return command.offset == offset; }) == 0) return;
    {
        const MutexLock lock(mutex_);
        if (owner_) owner_->finish_command(offset);
    }
    admit();
}

// Later events must not wait for a command that nobody takes, and who submitted an old one was told that it failed: it
// waited in a producer until Kafka was back.
void KafkaStream::drop_old_commands() {
    const auto is_old = [now = boot_now(), wall = wall_now()](const Command& command) {
        return now - command.since > command_timeout || wall - command.submitted > command_timeout;
    };
    for (;;) {
        const auto old = std::ranges::find_if(commands_, is_old);
        if (old == commands_.end()) return;
        const auto offset = old->offset;
        logging::error("command_dropped destination={} offset={} submitted_seconds_ago={}", name_, offset + 1,
                       std::chrono::floor<std::chrono::seconds>(wall_now() - old->submitted).count());
        {
            const MutexLock lock(mutex_);
            if (owner_) {
                const auto dropped = owner_->metadata(dropped_commands).value_or("");
                owner_->set_metadata(dropped_commands, add_dropped(dropped, offset));
            }
        }
        finish_command(offset);
    }
}

bool KafkaStream::is_dropped(Offset command) const {
    const auto dropped = ledger_.metadata(dropped_commands);
    if (!dropped) return false;
    const auto offsets = dropped_offsets(*dropped);
    return std::ranges::find(offsets, command) != offsets.end();
}

// ---- The end of an ownership ----

void KafkaStream::begin_release(std::string why) {
    if (!has_owner_ || release_until_) return;
    release_reason_ = std::move(why);
    release_until_ = boot_now() + release_timeout;
    publish_lease();
}

// Gives the stream away once all that the worker has told is sent.
void KafkaStream::step_release(BootTime now) {
    const bool must_wait = letters_in_flight_ > 0 || !unsent_letters_.empty() || !outbox_.empty();
    if (must_wait && now < *release_until_) return;
    send_delta(now);
    send_release(now);
    end_ownership(release_reason_);
}

// ---- What callers ask for ----

void KafkaStream::subscribe_ownership(OwnershipListener changed) {
    const bool wants = static_cast<bool>(changed);
    {
        const MutexLock lock(listener_mutex_);
        ownership_changed_ = std::move(changed);
        told_began_ = false;
    }
    wanted_ = wants;
    boost::asio::post(environment_.io, [this] { notify_ownership(); });
}

void KafkaStream::release(ReleaseReason reason) {
    if (reason == ReleaseReason::stopping) stopping_ = true;
    releasing_ = true;
    boost::asio::post(environment_.io, [this] {
        last_claim_.reset();
        begin_release(why_released());
    });
}

// For the log.
std::string KafkaStream::why_released() const {
    if (stopping_) return "the node stops";
    if (!wanted_ && last_claim_) return "what it was asked to do is done";
    return releasing_ ? "its destination was removed here" : "nothing delivers it here any more";
}

void KafkaStream::subscribe(CommitListener committed) {
    const MutexLock lock(listener_mutex_);
    committed_ = std::move(committed);
}

void KafkaStream::subscribe_duplicates(DuplicateListener dropped) {
    const MutexLock lock(listener_mutex_);
    dropped_ = std::move(dropped);
}

void KafkaStream::subscribe_commands(CommandListener listener) {
    const MutexLock lock(listener_mutex_);
    commanded_ = std::move(listener);
}

void KafkaStream::subscribe_dead_letters(DeadLetterListener committed) {
    const MutexLock lock(listener_mutex_);
    letters_committed_ = std::move(committed);
}

const Intervals& KafkaStream::acked() const {
    return owner_ ? owner_->acked() : ledger_.acked();
}

Offset KafkaStream::frontier() const {
    return owner_ ? owner_->frontier() : ledger_.frontier();
}

const Copies& KafkaStream::copies() const {
    return owner_ ? owner_->copies() : ledger_.copies();
}

// A process that does not own the stream shows what nobody has decided about as well: while there is no owner, that is
// all that was appended since.
Offset KafkaStream::readable_end() const {
    return owner_ ? frontier() : end();
}

PendingEvents KafkaStream::pending_events(Offset from) const {
    return {acked(), copies(), from, readable_end()};
}

std::uint64_t KafkaStream::end() const {
    return std::max(end_, frontier());
}

std::uint64_t KafkaStream::mean_size() const {
    if (const auto known = ledger_mean_size()) return *known;
    return counted_records_ == 0 ? assumed_size : counted_bytes_ / counted_records_;
}

// As the owner wrote it.
std::optional<std::uint64_t> KafkaStream::ledger_mean_size() const {
    const auto text = ledger_.metadata(mean_size_name);
    std::uint64_t size = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), size).ec != std::errc{}) {
        return std::nullopt;
    }
    return size;
}

std::vector<StoredRecord> KafkaStream::read(Offset after, std::size_t limit, std::size_t bytes) {
    std::vector<StoredRecord> records;
    auto next = after;  // in the topic: the event after `after`
    std::optional<Offset> reader;
    const auto take = [&](const PendingEvent& event, std::string record) {
        next = event.offset + 1;
        bytes -= std::min(bytes, record.size());
        --limit;
        records.push_back({event.offset + 1, std::move(record)});
    };
    std::vector<PendingEvent> run;  // that is not in memory
    while (limit > 0 && bytes > 0) {
        run.clear();
        {
            const MutexLock lock(mutex_);
            auto events = pending_events(next);
            auto event = events.next();
            for (; event && limit > 0 && bytes > 0; event = events.next()) {
                const auto cached = cache_.find(event->offset);
                if (cached == cache_.end()) break;
                take(*event, cached->second);
            }
            while (event && run.size() < std::min(limit, max_run) && (run.empty() || follows(run.back(), *event)) &&
                   !cache_.contains(event->offset)) {
                run.push_back(*event);
                event = events.next();
            }
        }
        if (run.empty() || limit == 0 || bytes == 0) break;
        const auto from = reading_start(run.front(), reader);
        const auto take_pending = [&](const PendingEvent& event, std::string record, bool is_event) {
            const MutexLock lock(mutex_);
            next = event.offset + 1;
            if (is_event && !acked().contains(copies().record_of(event.offset))) take(event, std::move(record));
        };
        const auto read = read_run(run, from, bytes, has_owner_ ? read_timeout : short_read_timeout, take_pending);
        if (!read) {
            // The records between the reader and the run may be deleted.
            const bool was_near = std::exchange(reader, std::nullopt).has_value();
            if (read.error() == out_of_range && (was_near || lose_deleted(run.front()))) continue;
            throw std::runtime_error("topic " + topics_.events + " cannot be read at offset " + std::to_string(from) +
                                     ": " + read.error().message());
        }
        if (*read == from) break;
        reader = *read;
    }
    return records;
}

boost::system::result<Offset> KafkaStream::read_run(std::span<const PendingEvent> events, Offset from,
                                                    std::size_t bytes, std::chrono::milliseconds timeout,
                                                    const TakeEvent& take) {
    Offset decided = 0;
    Offset end = 0;
    {
        const MutexLock lock(mutex_);
        decided = frontier();
        end = readable_end();
    }
    // The reader goes on from there at the next call, so it must not end before the topic does.
    const BlockingReader::Limits limits{to_topic(std::max(end, events.back().record + 1)),
                                        events.back().record + 1 - from, bytes};
    const auto batch = environment_.reader.read(topics_.events, to_topic(from), limits, timeout);
    if (!batch) return batch.error();
    auto event = events.begin();
    for (const auto& record : batch->records) {
        const auto offset = from_topic(record.offset);
        if (event != events.end() && offset > event->record) {
            throw std::runtime_error("topic " + topics_.events + " has no record at offset " +
                                     std::to_string(event->record));
        }
        from = offset + 1;
        if (event == events.end() || offset < event->record) continue;
        const auto entry = decode_entry(record.bytes);
        const bool is_event = offset < decided || (entry && (entry->kind == EntryKind::event ||  //
                                                             entry->kind == EntryKind::replay));
        take(*event++, entry ? std::string(entry->bytes) : record.bytes, is_event);
    }
    return batch->records.empty() ? from : from_topic(batch->next);
}

// Counts the event as lost if the topic does not have its record any more, and likewise those with later records.
// Returns false if the topic has it.
bool KafkaStream::lose_deleted(const PendingEvent& first) {
    const MutexLock lock(mutex_);
    if (pending_events(first.offset).next() != first) return true;  // it was acked or copied meanwhile
    if (!owner_ || first.record >= start_) return false;
    std::uint64_t lost = 0;
    Offset last = first.record;
    for (const auto& range : acked().missing({first.record, std::min(start_, frontier())})) {
        for (auto record = range.begin; record < range.end; ++record) {
            if (!owner_->lose(owner_->copies().event_of(record))) continue;
            ++lost;
            last = record;
        }
    }
    log_lost(first.record, last, lost, "they are deleted from the topic");
    return lost > 0;
}

Offset KafkaStream::first_pending() const {
    const MutexLock lock(mutex_);
    const auto first = pending_events(0).next();
    return (first ? first->offset : frontier()) + 1;
}

Offset KafkaStream::last() const {
    const MutexLock lock(mutex_);
    return frontier();
}

std::uint64_t KafkaStream::pending() const {
    const MutexLock lock(mutex_);
    return pending_records();
}

std::uint64_t KafkaStream::pending_records() const {
    const auto done = acked().size() + undecided_commands(frontier());
    return end() - std::min(end(), done);
}

// Of this process; of another one's nobody knows until they are decided.
std::uint64_t KafkaStream::undecided_commands(Offset frontier) const {
    return static_cast<std::uint64_t>(std::distance(commands_written_.lower_bound(frontier), commands_written_.end()));
}

std::uint64_t KafkaStream::unwritten_acks() const {
    const MutexLock lock(mutex_);
    return owner_ ? owner_->unwritten_acks() : 0;
}

void KafkaStream::ack(Offset offset) {
    const MutexLock lock(mutex_);
    if (!owner_ || offset == 0 || !owner_->ack(offset - 1)) return;
    const auto cached = cache_.find(offset - 1);
    if (cached == cache_.end()) return;
    cache_bytes_ -= cached->second.size();
    cache_.erase(cached);
}

void KafkaStream::dead_letter(Offset offset, DeadLetter letter) {
    auto bytes = encode(letter);
    const MutexLock lock(mutex_);
    if (letter_bytes_ > max_letter_bytes) {
        logging::error("dead_letter_deferred destination={} offset={}", name_, offset);
        return;
    }
    if (!owner_ || offset == 0 || !owner_->begin_dead_letter(offset - 1)) return;
    const auto cached = cache_.find(offset - 1);
    if (cached != cache_.end()) {
        cache_bytes_ -= cached->second.size();
        cache_.erase(cached);
    }
    letter_bytes_ += bytes.size();
    ++letters_in_making_;
    new_letters_.push_back({offset - 1, true, std::move(bytes)});
    if (new_letters_.size() == 1) boost::asio::post(environment_.io, [this] { write_letters(); });
}

std::vector<DeadLetter> KafkaStream::dead_letters(std::uint64_t after, std::size_t limit) {
    std::vector<Offset> wanted;
    Offset end = 0;
    {
        const MutexLock lock(mutex_);
        end = ledger_.letters_end();
        // The id is one more than the offset.
        const auto& letters = ledger_.letters();
        for (auto letter = letters.lower_bound(after); letter != letters.end() && wanted.size() < limit; ++letter) {
            wanted.push_back(letter->first);
        }
    }
    std::vector<DeadLetter> found;
    for (auto next = wanted.begin(); next != wanted.end();) {
        // Over small gaps it reads on, which is cheaper than a seek.
        const auto far = std::adjacent_find(next, wanted.end(), [](Offset a, Offset b) { return b - a > max_gap; });
        const auto last = far == wanted.end() ? wanted.back() : *far;
        // The letters after `last` are often read next, so the reader is not told to end before them.
        const BlockingReader::Limits limits{to_topic(end), std::min(last + 1 - *next, max_letters_read),
                                            max_letter_bytes};
        const auto batch = environment_.reader.read(topics_.dead_letters, to_topic(*next), limits, read_timeout);
        if (!batch && batch.error() == out_of_range) {
            logging::error("dead_letter_missing destination={} id={}", name_, *next + 1);
            ++next;
            continue;
        }
        if (!batch || batch->records.empty()) {
            throw std::runtime_error("topic " + topics_.dead_letters + " cannot be read at offset " +
                                     std::to_string(*next) + (batch ? "" : ": " + batch.error().message()));
        }
        for (const auto& record : batch->records) {
            while (next != wanted.end() && *next < from_topic(record.offset)) ++next;
            if (next == wanted.end() || *next != from_topic(record.offset)) continue;
            if (auto letter = decode_letter(*next + 1, record.bytes)) {
                found.push_back(std::move(*letter));
            } else {
                logging::error("dead_letter_unreadable destination={} id={}", name_, *next + 1);
            }
            ++next;
        }
    }
    return found;
}

DeadLetterUsage KafkaStream::dead_letter_usage() const {
    const MutexLock lock(mutex_);
    const auto& letters = ledger_.letters();
    return {letters.size(), ledger_.letter_bytes(), ledger_.letters_end()};
}

Ledger KafkaStream::ledger() const {
    const MutexLock lock(mutex_);
    const auto& counts = ledger_.counts();
    const auto records = std::max(end_, ledger_.frontier()) - undecided_commands(ledger_.frontier());
    Ledger ledger;
    ledger.accepted = records - counts.copied - counts.commands - counts.replays;
    ledger.replayed = counts.replays;
    ledger.delivered = counts.delivered;
    ledger.duplicates = counts.duplicates;
    ledger.backlog = records - counts.acked() - letters_in_making_;
    ledger.lost = counts.lost;
    ledger.dead_lettered = counts.dead_lettered + letters_in_making_;
    ledger.retained = counts.retained() + letters_in_making_;
    ledger.replayed_out = counts.replayed;
    ledger.purged = counts.purged;
    ledger.evicted = counts.evicted;
    return ledger;
}

std::optional<std::string> KafkaStream::metadata(std::string_view name) const {
    const MutexLock lock(mutex_);
    return owner_ ? owner_->metadata(name) : ledger_.metadata(name);
}

void KafkaStream::set_metadata(std::string_view name, std::string_view value) {
    const MutexLock lock(mutex_);
    if (owner_) return owner_->set_metadata(name, value);
    logging::debug("metadata_ignored destination={} name={}", name_, name);
}

// ---- Sizes ----

void KafkaStream::set_end(std::int64_t end) {
    const MutexLock lock(mutex_);
    end_ = std::max(end_, from_topic(end));
}

void KafkaStream::count_appended(std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (!owner_) count_size(bytes);  // the owner reads it as well
}

void KafkaStream::count_size(std::size_t bytes) {
    ++counted_records_;
    counted_bytes_ += bytes;
    if (counted_records_ < max_counted) return;
    counted_records_ /= 2;
    counted_bytes_ /= 2;
}

// Writes the mean size of the records into the ledger, so that all processes tell the same sizes, also after a restart.
void KafkaStream::write_mean_size(BootTime now) {
    if (now - last_mean_size_ < mean_size_interval) return;
    last_mean_size_ = now;
    const MutexLock lock(mutex_);
    if (counted_records_ == 0) return;
    const auto mean = counted_bytes_ / counted_records_;
    const auto known = ledger_mean_size();
    const auto change = known ? std::max(mean, *known) - std::min(mean, *known) : mean;
    if (!known || change > *known / 20) owner_->set_metadata(mean_size_name, std::to_string(mean));
}

std::uint64_t KafkaStream::pending_bytes() const {
    const MutexLock lock(mutex_);
    return pending_records() * mean_size();
}

std::uint64_t KafkaStream::topic_bytes() const {
    const MutexLock lock(mutex_);
    return (end() - std::min(end(), start_)) * mean_size();
}

KafkaStream::Owner KafkaStream::owner() const {
    const MutexLock lock(mutex_);
    return ledger_owner_;
}

std::string KafkaStream::refusal() const {
    const MutexLock lock(mutex_);
    return refusal_;
}

std::string KafkaStream::error() const {
    const MutexLock lock(mutex_);
    return topic_error_;
}

void KafkaStream::set_error(std::string error) {
    const MutexLock lock(mutex_);
    topic_error_ = std::move(error);
}

// ---- Decisions that somebody waits for ----

void KafkaStream::when_decided(Offset offset, DecisionCallback done) {
    decided_.emplace(offset, std::move(done));
    run_decided();
}

void KafkaStream::count_command(Offset offset) {
    const MutexLock lock(mutex_);
    if (offset >= ledger_.frontier()) commands_written_.insert(offset);
    end_ = std::max(end_, offset + 1);
}

void KafkaStream::run_decided() {
    if (decided_.empty()) return;
    const auto frontier = [&] {
        const MutexLock lock(mutex_);
        commands_written_.erase(commands_written_.begin(), commands_written_.lower_bound(ledger_.frontier()));
        return ledger_.frontier();
    }();
    while (!decided_.empty() && decided_.begin()->first < frontier) {
        const auto decided = decided_.extract(decided_.begin());
        const bool was_dropped = [&] {
            const MutexLock lock(mutex_);
            return is_dropped(decided.key());
        }();
        decided.mapped()(was_dropped);
    }
}

void KafkaStream::forget_hashes() {
    const MutexLock lock(mutex_);
    const auto before = wall_now() - environment_.dedupe_window;
    ledger_.forget_admitted(before, [&](const MessageHash& hash) {
        mutex_.assert_held();
        if (owner_) owner_->forget(hash, before);
    });
}

}  // namespace pintle::journal::kafka
