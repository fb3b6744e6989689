#include "kafka/kafka_journal.hpp"

#include <pthread.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>

#include "dead_letter_codec.hpp"
#include "kafka/entry_codec.hpp"
#include "pintle/kafka/client_config.hpp"
#include "pintle/kafka/group_consumer.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::journal::kafka {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using pintle::kafka::Admin;
using pintle::kafka::Producer;
using pintle::kafka::Settings;
using pintle::kafka::TopicDescription;

constexpr std::size_t max_waiting_bytes = 64U << 20U;  // of appends; beyond it they are rejected
constexpr Clock::duration max_wait = 2s;  // of the oldest append; while it waits longer, others are rejected
constexpr Clock::duration append_timeout = 5s;
constexpr Clock::duration decision_timeout = 10s;
constexpr Clock::duration step_interval = 50ms;
constexpr Clock::duration query_interval = 1s;
constexpr Clock::duration probe_interval = 1s;
constexpr Clock::duration calm_time = 2s;  // without a rejection, before the log says that events are accepted again
constexpr std::chrono::milliseconds query_timeout = 1s;  // of the first attempt
constexpr std::chrono::milliseconds second_query_timeout = 2s;
constexpr Clock::duration silence_before = 3s;    // an append waits: brokers that have failed since then may be why
constexpr Clock::duration renewal_interval = 1s;  // of producers to which the brokers allow no Write
constexpr std::chrono::milliseconds first_wait = 1s;
constexpr std::chrono::milliseconds one_broker_timeout = 2s;
constexpr Clock::duration check_interval = 60s;
constexpr Clock::duration unsafe_check_interval = 5s;  // while a setting is wrong: somebody may be correcting it
constexpr Clock::duration announcement_interval = 1s;
constexpr Clock::duration close_timeout = 2s;
constexpr int max_missing = 5;              // answers without a topic, one a second, after which it is deleted
constexpr std::size_t max_purged = 10'000;  // by one record: a delta has to name them all
constexpr std::chrono::milliseconds topic_interval = 50ms;  // between looks for a topic that was created

constexpr stats::Bounds commit_bounds{1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s};

// The user's settings come last, as they override these.
Settings producer_settings(const Settings& settings) {
    Settings all{{"message.max.bytes", "10485760"},
                 {"queue.buffering.max.messages", "1000000"},
                 {"queue.buffering.max.kbytes", "262144"},  // more than appends and letters may have waiting
                 {"compression.type", "lz4"}};
    all.insert(all.end(), settings.begin(), settings.end());
    return all;
}

NodeId random_node() {
    std::random_device random;
    return (NodeId{random()} << 32U) | random();
}

bool has_topic(const std::vector<TopicDescription>& topics, const std::string& name) {
    return std::ranges::find(topics, name, &TopicDescription::name) != topics.end();
}

bool has_topics(const std::vector<TopicDescription>& topics, const TopicNames& names) {
    return has_topic(topics, names.events) && has_topic(topics, names.ledger) && has_topic(topics, names.dead_letters);
}

std::size_t size_of(const WriteBatch& append) {
    std::size_t size = 0;
    for (const auto& record : append.records) size += record.bytes.size();
    for (const auto& [stream, letter, message] : append.dead_letters) size += letter.event.size() + letter.body.size();
    return size;
}

// Whether another attempt may succeed: a broker is slow, starts or is replaced.
bool is_slow(boost::system::error_code error) {
    return error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR__TIMED_OUT) ||
           error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR__TRANSPORT) ||
           error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
}

// The address in `sasl_ssl://kafka-1:9093/1: Connect to ipv4#10.0.0.1:9093 failed: ...`, and what is after it; nothing
// if the message is not about one broker.
std::optional<std::pair<std::string, std::string>> broker_error(std::string_view message) {
    if (const auto scheme = message.find("://"); scheme < message.find(' ')) message.remove_prefix(scheme + 3);
    const auto slash = message.find('/');
    const auto colon = message.find(": ");
    if (slash == message.npos || colon == message.npos || slash > colon) return std::nullopt;
    return std::pair(std::string(message.substr(0, slash)), std::string(message.substr(colon + 2)));
}

// Appends that a broker does not answer, and why, for people.
void add_silent_broker(std::string& text, std::string_view broker, std::string_view why) {
    text.append(text.empty() ? "broker " : ", broker ")
        .append(broker)
        .append(" does not answer (")
        .append(why)
        .append(")");
}

bool only_removes(const WriteBatch& append) {
    return append.records.empty() && append.dead_letters.empty();
}

}  // namespace

struct KafkaJournal::InFlight {
    WriteCallback done;
    Clock::time_point start;
    const OpenStream* stream = nullptr;  // of the last record
    std::size_t unacked = 0;             // records that are not on all in-sync replicas
    std::size_t undecided = 0;           // records about which the owner has to decide
    std::size_t bytes = 0;
    bool until_decided = false;
    bool is_done = false;
    boost::system::error_code error;
};

struct KafkaJournal::ControlListener final : pintle::kafka::ConsumerListener {
    explicit ControlListener(KafkaJournal& j) : journal(j) {}
    void on_records(std::span<const pintle::kafka::ConsumedRecord> records) override {
        for (const auto& record : records) {
            if (auto found = decode_announcement(record.bytes)) journal.read_announcement(std::move(*found));
        }
        const MutexLock lock(journal.mutex_);
        journal.nodes_.heard(wall_now());
    }
    void on_end(std::int64_t) override {}
    void on_offset_out_of_range() override { journal.read_announcements(); }
    void on_error(boost::system::error_code, std::string_view, bool) override { ++journal.broker_errors_; }
    KafkaJournal& journal;
};

// ---- Opening ----

KafkaJournal::KafkaJournal(const KafkaJournalOptions& options, const OwnershipTiming& timing,
                           const MaintenanceTiming& maintenance)
    : options_(options),
      settings_(options.settings),
      reader_(settings_),
      questions_(settings_),
      environment_{.io = io_,
                   .settings = settings_,
                   .producer = owner_producer_,
                   .admin = admin_,
                   .reader = reader_,
                   .blocking = blocking_,
                   .group = options.topic_prefix + ".delivery",
                   .node = random_node(),
                   .timing = timing,
                   .maintenance = maintenance,
                   .dedupe_window = options.dedupe_window,
                   .max_dead_letters = options.max_dead_letters,
                   .name_of =
                       [this](NodeId node) {
                           const MutexLock lock(mutex_);
                           return nodes_.name_of(node);
                       }},
      commits_(commit_bounds) {
    const auto topics = list_topics();
    if (const auto problem = prefix_problem(options_.topic_prefix, topics); !problem.empty())
        throw std::runtime_error(problem);
    work_.emplace(io_.get_executor());
    admin_ = std::make_unique<Admin>(io_, settings_, options_.open_timeout);
    event_producer_ = make_producer(event_producer_failed_);
    owner_producer_ = make_producer(owner_producer_failed_);
    boost::asio::post(io_, [this] { wait_for_step(); });
    {
        const MutexLock lock(closing_mutex_);
        thread_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "journal");
            io_.run();
        });
    }
    try {
        open_control(topics);
        for (const auto& topic : topics) {
            const auto name = destination_of_ledger(options_.topic_prefix, topic.name);
            if (name && has_topics(topics, TopicNames(options_.topic_prefix, *name))) open_stream(*name);
        }
    } catch (...) {
        close();
        throw;
    }
    logging::info("kafka_journal_opened brokers=\"{}\" topic_prefix=\"{}\" node=\"{}\" streams={}",
                  pintle::kafka::bootstrap_of(settings_), options_.topic_prefix, options_.node_name, all().size());
}

KafkaJournal::~KafkaJournal() {
    close();
}

std::unique_ptr<Producer> KafkaJournal::make_producer(bool& has_failed) {
    return std::make_unique<Producer>(
        io_, producer_settings(settings_),
        [this, &has_failed](boost::system::error_code error, std::string_view message, bool is_fatal) {
            if (is_fatal) {
                producer_failed(error, message);
                has_failed = true;
            } else {
                ++broker_errors_;
                if (auto failed = broker_error(message))
                    broker_failures_[std::move(failed->first)] = {Clock::now(), std::move(failed->second)};
                logging::debug("kafka_error code={} message=\"{}\"", error.value(), message);
                next_query_ = {};  // which tells whether there is a broker
            }
        });
}

KafkaJournal::TopicList KafkaJournal::list_topics() {
    if (auto topics = questions_.topics(std::min(options_.open_timeout, first_wait))) return std::move(*topics);
    // The reader knows only that it has no connection. This client knows why: a password, a certificate.
    auto reason = pintle::kafka::ask_brokers(settings_, {}, options_.open_timeout).problem;
    if (reason.empty()) {  // a broker answers
        auto topics = questions_.topics(options_.open_timeout);
        if (topics) return std::move(*topics);
        reason = topics.error().message();
    }
    throw std::runtime_error("no Kafka broker can be reached at " + pintle::kafka::bootstrap_of(settings_) + ": " +
                             reason);
}

template <class Result>
Result KafkaJournal::wait_for(std::future<Result> result, std::string_view what) const {
    // What it waits for has this limit itself.
    if (result.wait_for(options_.open_timeout + 1s) != std::future_status::ready) {
        throw std::runtime_error("Kafka is slow: " + std::string(what));
    }
    return result.get();
}

// Why a broker did not do in time what it was asked for, for people. Blocks.
std::string KafkaJournal::why_slow() const {
    std::string text;
    for (const auto& [broker, problem] : pintle::kafka::find_silent_brokers(settings_, one_broker_timeout)) {
        const auto failed = broker_error(problem);
        add_silent_broker(text, broker, failed ? failed->second : problem);
    }
    return text.empty() ? "Kafka is slow" : text;
}

// Calls `begin` on the journal's thread with a callback that takes an error and an answer, and returns what it was
// called with. A request to a broker has a shorter limit than the opening, so it is repeated, and so is one about a
// topic that was created a moment ago: not all brokers know it at once.
template <class Answer, class Begin>
std::pair<boost::system::error_code, Answer> KafkaJournal::ask(Begin begin, const std::string& what, bool may_be_new) {
    const auto until = Clock::now() + options_.open_timeout;
    for (;;) {
        auto promise = std::make_shared<std::promise<std::pair<boost::system::error_code, Answer>>>();
        boost::asio::post(io_, [begin, promise] {
            begin([promise](boost::system::error_code error, const auto& answer) {
                promise->set_value({error, Answer(answer)});
            });
        });
        auto answered = wait_for(promise->get_future(), what);
        const bool is_unknown =
            may_be_new && answered.first == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        if ((!is_slow(answered.first) && !is_unknown) || Clock::now() > until) return answered;
        if (is_unknown) std::this_thread::sleep_for(topic_interval);
    }
}

void KafkaJournal::create_topic(const std::string& name, const pintle::kafka::TopicConfig& config) {
    const auto [error, message] =
        ask<std::string>([this, name, config](auto done) { admin_->create_topic(name, config, std::move(done)); },
                         "topic " + name + " is not created");
    // Another process may have been faster.
    if (!error) return logging::info("kafka_topic_created topic=\"{}\"", name);
    if (error == pintle::kafka::make_error(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)) return;
    throw std::runtime_error(creation_problem(name, error, is_slow(error) ? why_slow() : message));
}

// Returns the topics that there are then.
KafkaJournal::TopicList KafkaJournal::create_topics(const TopicNames& names) {
    auto topics = list_topics();
    std::vector<std::string> present;
    std::vector<std::string> missing;
    for (const auto& name : names.all()) (has_topic(topics, name) ? present : missing).push_back(name);
    if (!missing.empty() && !options_.create_topics) throw std::runtime_error(missing_problem(missing));
    // Where one that exists cannot be used, none is left behind.
    if (!missing.empty()) {
        if (const auto problems = topic_problems(present, topics, false); !problems.empty())
            throw std::runtime_error(problems);
    }
    for (const auto& name : missing) create_topic(name, topic_config(options_.replication_factor));
    const auto until = Clock::now() + options_.open_timeout;
    while (!has_topics(topics, names)) {
        if (Clock::now() > until) {
            throw std::runtime_error("topic " + names.events + " was created and is not there: " + why_slow());
        }
        std::this_thread::sleep_for(topic_interval);
        topics = list_topics();
    }
    return topics;
}

// Empty: there are none.
std::string KafkaJournal::topic_problems(const std::vector<std::string>& names, const TopicList& topics,
                                         bool may_be_new) {
    std::string problems;
    for (const auto& name : names) {
        const auto topic = std::ranges::find(topics, name, &TopicDescription::name);
        if (topic == topics.end()) return "topic " + name + " does not exist any more";
        const auto [error, settings] =
            ask<Admin::TopicSettings>([this, name](auto done) { admin_->describe_topic(name, std::move(done)); },
                                      "topic " + name + " is not described", may_be_new);
        if (error) {
            throw std::runtime_error("topic " + name +
                                     " cannot be described: " + (is_slow(error) ? why_slow() : error.message()));
        }
        for (const auto& problem : kafka::topic_problems(*topic, settings, options_.replication_factor)) {
            problems += (problems.empty() ? "" : "; ") + problem;
        }
    }
    return problems;
}

Stream KafkaJournal::create_or_open_stream(std::string_view name) {
    const MutexLock opening(opening_mutex_);
    if (closed_) throw std::runtime_error("the journal cannot be written: it is closed");
    const TopicNames names(options_.topic_prefix, name);
    const auto topics = create_topics(names);
    if (const auto problems = topic_problems(names.all(), topics, true); !problems.empty())
        throw std::runtime_error(problems);
    create_control();
    const auto known = find_stream(name);
    const auto stream = known ? *known : open_stream(name);
    auto& opened = open(stream);
    opened.is_used = true;
    opened.stream->allow_claim();
    return stream;
}

// Without the topic the processes do not see each other; all else works.
void KafkaJournal::open_control(const TopicList& topics) {
    const auto name = control_topic(options_.topic_prefix);
    if (!has_topic(topics, name)) {
        if (options_.create_topics) {
            const MutexLock opening(opening_mutex_);
            must_create_control_ = true;
        } else {
            logging::warn("kafka_topic_missing topic=\"{}\" message=\"the nodes do not see each other\"", name);
        }
        return;
    }
    follow_control();
}

// Once the first stream can be used, so that a start that fails leaves no topic behind.
void KafkaJournal::create_control() {
    if (!must_create_control_) return;
    create_topic(control_topic(options_.topic_prefix), control_topic_config(options_.replication_factor));
    must_create_control_ = false;
    follow_control();
}

void KafkaJournal::follow_control() {
    boost::asio::post(io_, [this, name = control_topic(options_.topic_prefix)] {
        control_listener_ = std::make_unique<ControlListener>(*this);
        control_consumer_ = std::make_unique<pintle::kafka::Consumer>(io_, settings_, name, *control_listener_);
        read_announcements();
    });
}

void KafkaJournal::read_announcements() {
    if (const auto error = control_consumer_->start(pintle::kafka::Consumer::from_end)) {
        logging::error("kafka_consumer_failed message=\"{}\"", error.message());
    }
}

// Returns once its ledger is read to the end.
Stream KafkaJournal::open_stream(std::string_view name) {
    auto added = std::make_unique<OpenStream>(
        std::make_unique<KafkaStream>(environment_, std::string(name), TopicNames(options_.topic_prefix, name)));
    auto& opened = *added;
    Stream number = 0;
    {
        const WriterLock lock(streams_mutex_);
        streams_.push_back(std::move(added));
        number = static_cast<Stream>(streams_.size());
    }
    auto& stream = *opened.stream;
    boost::asio::post(io_, [&stream] { stream.follow(); });
    const auto until = Clock::now() + options_.open_timeout;
    while (!stream.has_followed()) {
        if (Clock::now() > until) {
            throw std::runtime_error("topic " + stream.topics().ledger + " cannot be read: " + why_slow());
        }
        std::this_thread::sleep_for(1ms);
    }
    return number;
}

void KafkaJournal::rename_streams(std::vector<StreamRename> renames) {
    if (renames.empty()) return;
    throw std::runtime_error("the destination \"" + renames.front().from + "\" cannot become \"" + renames.front().to +
                             "\": a journal on Kafka cannot rename its topics");
}

void KafkaJournal::discard(Stream stream) {
    auto promise = std::make_shared<std::promise<boost::system::error_code>>();
    auto& discarded = find(stream);
    boost::asio::post(io_, [this, stream, promise] {
        produce_alone(stream, encode_discard(),
                      [promise](boost::system::error_code error) { promise->set_value(error); });
    });
    if (const auto error = wait_for(promise->get_future(), "the events are not deleted")) {
        throw std::runtime_error("the events of " + discarded.name() + " are not deleted: " + error.message());
    }
}

// ---- Appending ----

bool KafkaJournal::has_room() const noexcept {
    return !closed_ && reachable_ && !slow_ && !full_ && !all_failed_ &&
           waiting_bytes_.load(std::memory_order_relaxed) < max_waiting_bytes;
}

bool KafkaJournal::has_room(Stream stream) const noexcept {
    const auto& opened = open(stream);
    return has_room() && opened.available && opened.is_durable && opened.may_write && !opened.full;
}

void KafkaJournal::append(WriteBatch append, WriteCallback done) {
    namespace errc = boost::system::errc;
    Incoming incoming{std::move(append), std::move(done), {}, 0};
    auto& batch = incoming.append;
    const auto takes = [this](const auto& entry) { return has_room(entry.stream); };
    const bool has_space = only_removes(batch) || (std::ranges::all_of(batch.records, takes) &&
                                                   std::ranges::all_of(batch.dead_letters, takes));
    if (closed_) {
        incoming.error = make_error_code(errc::operation_canceled);
    } else if (!has_space) {
        incoming.error = make_error_code(full_ ? errc::no_space_on_device : errc::no_buffer_space);
    } else {
        incoming.bytes = size_of(batch);
        waiting_bytes_.fetch_add(incoming.bytes, std::memory_order_relaxed);
    }
    bool is_first = false;
    {
        const MutexLock lock(mutex_);
        is_first = incoming_.empty();
        incoming_.push_back(std::move(incoming));
    }
    if (is_first) boost::asio::post(io_, [this] { take_appends(); });
}

void KafkaJournal::take_appends() {
    std::vector<Incoming> incoming;
    {
        const MutexLock lock(mutex_);
        incoming.swap(incoming_);
    }
    for (auto& [append, done, error, bytes] : incoming) {
        if (error) {
            done(error);
            continue;
        }
        auto state = std::make_shared<InFlight>();
        state->done = std::move(done);
        state->start = Clock::now();
        state->bytes = bytes;
        in_flight_.push_back(state);
        produce(std::move(append), state);
        finish(*state);
    }
}

void KafkaJournal::produce(WriteBatch append, const std::shared_ptr<InFlight>& state) {
    // Either the records replay the letters that are removed, in the same order, or there are no records.
    state->until_decided = !append.removed.empty() || append.until_listed;
    if (append.records.empty()) {
        std::map<Stream, std::vector<Offset>> purged;
        for (const auto& [stream, id] : append.removed) purged[stream].push_back(id - 1);
        for (const auto& [stream, letters] : purged) {
            for (std::size_t from = 0; from < letters.size(); from += max_purged) {
                const auto part = std::span(letters).subspan(from, std::min(max_purged, letters.size() - from));
                produce(open(stream), encode_purge({part.begin(), part.end()}), RecordUse::command, state);
            }
        }
    }
    auto replayed = append.removed.begin();
    for (const auto& record : append.records) {
        if (replayed == append.removed.end()) {
            produce(open(record.stream), encode_event(record.bytes), RecordUse::event, state);
        } else {
            produce(open(record.stream), encode_replay(replayed->second - 1, record.bytes), RecordUse::decided_event,
                    state);
            ++replayed;
        }
    }
    for (const auto& [stream, letter, message] : append.dead_letters) {
        produce(open(stream), encode_letter(message, encode(letter)),
                append.until_listed ? RecordUse::decided_event : RecordUse::event, state);
    }
}

// A command. On the journal's thread.
void KafkaJournal::produce_alone(Stream stream, std::string entry, WriteCallback done) {
    auto state = std::make_shared<InFlight>();
    state->done = std::move(done);
    state->start = Clock::now();
    state->until_decided = true;
    in_flight_.push_back(state);
    produce(open(stream), std::move(entry), RecordUse::command, state);
    finish(*state);
}

void KafkaJournal::produce(OpenStream& opened, std::string bytes, RecordUse use,
                           const std::shared_ptr<InFlight>& state) {
    auto& stream = *opened.stream;
    // Nobody may own the stream, as no process has its destination. Then this one does until the record is decided.
    const auto claim = use == RecordUse::event ? nullptr : stream.claim();
    const auto done = [this, &opened, &stream, state, use, claim, size = bytes.size()](boost::system::error_code error,
                                                                                       std::int64_t offset) {
        --state->unacked;
        --waiting_records_;
        record_access(opened, error);
        if (error) {
            state->error = error;
        } else {
            if (use == RecordUse::command) stream.count_command(static_cast<Offset>(offset));
            stream.set_end(offset + 1);
            stream.count_appended(size);
            if (use != RecordUse::event) {
                ++state->undecided;
                stream.when_decided(static_cast<Offset>(offset), [this, state, claim](bool is_dropped) {
                    --state->undecided;
                    if (is_dropped) state->error = make_error_code(boost::system::errc::timed_out);
                    finish(*state);
                });
            }
        }
        finish(*state);
    };
    state->stream = &opened;
    // The rest of a batch must not overtake a record that was not taken.
    if (state->error) return;
    state->error = event_producer_->append(stream.topics().events, std::move(bytes), done);
    if (state->error) return;
    ++state->unacked;
    ++waiting_records_;
}

void KafkaJournal::finish(InFlight& state) {
    if (state.unacked > 0) return;
    waiting_bytes_.fetch_sub(std::exchange(state.bytes, 0), std::memory_order_relaxed);
    if (state.undecided > 0 || std::exchange(state.is_done, true)) return;
    commits_.add(Clock::now() - state.start);
    if (state.error) ++append_errors_;
    state.done(state.error);
    state.done = nullptr;
}

// ---- Time ----

void KafkaJournal::wait_for_step() {
    timer_.expires_after(step_interval);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        step();
        wait_for_step();
    });
}

void KafkaJournal::step() {
    const auto now = Clock::now();
    if (event_producer_failed_ || owner_producer_failed_) renew_producers(now);
    const auto streams = all();
    const auto owned = std::ranges::count_if(streams, [](const auto* each) { return each->stream->is_owner(); });
    for (auto* const each : streams) each->stream->step(boot_now(), static_cast<unsigned>(owned));
    step_appends(now);
    update_room(now);
    if (now >= next_query_ && !is_querying_ && !closed_) {
        is_querying_ = true;
        next_query_ = now + query_interval;
        boost::asio::post(blocking_, [this] { query_brokers(); });
    }
    if (now >= next_announcement_ && control_consumer_ && !closed_) {
        next_announcement_ = now + announcement_interval;
        announce_this();
    }
    const MutexLock lock(mutex_);
    if (all_written_ && is_all_written()) {
        all_written_->set_value();
        all_written_.reset();
    }
}

// Those that wait too long are answered; they may turn up later all the same.
void KafkaJournal::step_appends(Clock::time_point now) {
    const auto is_over = [](const std::shared_ptr<InFlight>& each) { return each->is_done && each->unacked == 0; };
    while (!in_flight_.empty() && is_over(in_flight_.front())) in_flight_.pop_front();
    for (const auto& state : in_flight_) {
        const auto waited = now - state->start;
        if (waited < append_timeout) break;
        if (state->is_done || (state->until_decided && waited < decision_timeout)) continue;
        state->is_done = true;
        ++append_errors_;
        std::exchange(state->done, nullptr)(make_error_code(boost::system::errc::timed_out));
    }
}

void KafkaJournal::update_room(Clock::time_point now) {
    const auto oldest = std::ranges::find_if(in_flight_, [](const auto& each) { return each->unacked > 0; });
    const auto* const slow = oldest != in_flight_.end() && now - (*oldest)->start > max_wait ? oldest->get() : nullptr;
    slow_ = slow != nullptr;
    std::uint64_t size = 0;
    const auto streams = all();
    for (auto* const each : streams) {
        size += each->stream->topic_bytes();
        const auto max = each->max_bytes.load();
        each->full = max > 0 && each->stream->pending_bytes() > max;
    }
    full_ = options_.max_size > 0 && size > options_.max_size;
    const auto rejection = journal_rejection(slow, now);
    {
        const MutexLock lock(mutex_);
        rejection_ = rejection;
    }
    std::string error_of_all;  // of the last one, if each has one
    bool is_any_open = false;
    for (auto* const each : streams) {
        // A stream that nobody owns would keep the probes.
        if (!each->may_write && each->stream->is_wanted()) probe_access(*each, now);
        const auto error = error_of(*each);
        if (each->stream->is_wanted()) {
            is_any_open = is_any_open || error.empty();
            error_of_all = error;
        }
        const std::string why = each->full ? "the destination's share of the journal is full" : error;
        log_rejection(*each, rejection.empty() ? why : rejection, now);
    }
    if (is_any_open) error_of_all.clear();
    all_failed_ = !error_of_all.empty();
    const MutexLock lock(mutex_);
    error_of_all_ = std::move(error_of_all);
}

// Why no stream takes appends, for people; empty: the streams do. `slow`: the append that waits too long, if one does.
std::string KafkaJournal::journal_rejection(const InFlight* slow, Clock::time_point now) const {
    if (!reachable_) return "no Kafka broker answers";
    if (slow != nullptr) {
        const auto waited = std::chrono::floor<std::chrono::seconds>(now - slow->start);
        const auto& opened = *slow->stream;
        auto reason = "Kafka has not acknowledged an event in topic " + opened.stream->topics().events + " for " +
                      std::to_string(waited.count()) + " s";
        if (const auto silent = silent_brokers(slow->start - silence_before); !silent.empty()) reason += "; " + silent;
        // That all are is what the brokers say until they notice that one is gone.
        if (const auto replicas = opened.replicas.load(); opened.in_sync < replicas) {
            reason +=
                "; " + std::to_string(opened.in_sync) + " of its " + std::to_string(replicas) + " replicas are in sync";
        }
        return reason;
    }
    if (full_) return "its topics are larger than journal.max_size";
    if (waiting_bytes_.load(std::memory_order_relaxed) >= max_waiting_bytes) {
        return std::to_string(max_waiting_bytes >> 20U) + " MiB of events wait for Kafka to acknowledge them";
    }
    return {};
}

// Why this stream takes no appends, though others may, for people; empty: it does, unless its share is full.
std::string KafkaJournal::error_of(const OpenStream& opened) {
    if (!opened.exists) return "topic " + opened.stream->topics().events + " does not exist";
    if (!opened.available) return "topic " + opened.stream->topics().events + " has no leader";
    if (!opened.is_durable) return opened.stream->error();
    if (!opened.may_write) {
        return "the brokers do not allow Write on topic " + opened.stream->topics().events +
               " to this node's principal";
    }
    return {};
}

// On the journal's thread.
void KafkaJournal::record_access(OpenStream& opened, boost::system::error_code error) {
    const bool denied = is_denied(error);
    if (!denied && (error || denied_ == 0)) return;  // another error says nothing about the rights
    if (opened.may_write == !denied) return;
    opened.may_write = !denied;
    denied_ = denied ? denied_ + 1 : denied_ - 1;
    opened.next_probe = Clock::now() + probe_interval;
}

// No event is appended while it is not allowed, so a record that changes nothing is. The first one that the brokers
// take ends that.
void KafkaJournal::probe_access(OpenStream& opened, Clock::time_point now) {
    if (closed_ || now < opened.next_probe) return;
    opened.next_probe = now + probe_interval;
    auto& stream = *opened.stream;
    const auto done = [this, &opened, &stream](boost::system::error_code error, std::int64_t offset) {
        record_access(opened, error);
        if (!error) stream.set_end(offset + 1);
    };
    const auto error = event_producer_->append(stream.topics().events, encode_purge({}), done);
    if (error)
        logging::debug("kafka_probe_failed topic=\"{}\" message=\"{}\"", stream.topics().events, error.message());
}

// Logs when events of a destination are rejected from now on, and when they are accepted again.
void KafkaJournal::log_rejection(OpenStream& opened, const std::string& reason, Clock::time_point now) {
    if (!reason.empty()) {
        opened.last_rejection = now;
        if (opened.rejects_since || !opened.stream->is_wanted() || closed_) return;
        opened.rejects_since = now;
        logging::error("journal_rejects_events destination={} message=\"{}\"", opened.stream->name(), reason);
    } else if (opened.rejects_since && now - opened.last_rejection > calm_time) {
        const auto length = opened.last_rejection - *std::exchange(opened.rejects_since, std::nullopt);
        logging::info("journal_accepts_events destination={} rejected_seconds={}", opened.stream->name(),
                      std::chrono::duration_cast<std::chrono::seconds>(length).count());
    }
}

// On the thread for questions.
void KafkaJournal::query_brokers() {
    const auto streams = all();
    std::vector<std::string> names;
    names.reserve(streams.size());
    for (const auto* const each : streams) names.push_back(each->stream->topics().events);
    auto topics = questions_.find(names, query_timeout);
    // The broker that was asked may have died meanwhile.
    if (!topics) topics = questions_.find(names, second_query_timeout);
    if (topics) check_topics(*topics);
    if (topics && Clock::now() >= next_check_) check_settings();
    boost::asio::post(io_, [this, answered = topics.has_value(),
                            error = topics ? std::string() : topics.error().message()]() mutable {
        is_querying_ = false;
        set_reachable(answered, std::move(error));
    });
    reader_.rest_if_unused(Clock::now() - query_interval);
}

// On the thread for questions.
void KafkaJournal::check_topics(const TopicList& topics) {
    for (auto* const each : all()) {
        const auto topic = std::ranges::find(topics, each->stream->topics().events, &TopicDescription::name);
        each->available = topic != topics.end() && topic->has_leaders;
        each->replicas = topic == topics.end() ? 0 : topic->replicas;
        each->in_sync = topic == topics.end() ? 0 : topic->in_sync;
        each->missing = topic == topics.end() ? each->missing + 1 : 0;
        each->exists = each->missing == 0;
        // A broker that has just started may not know all topics.
        if (each->missing >= max_missing && !each->is_used) forget_deleted(*each);
    }
}

// On the thread for questions. An operator deletes the topics of a destination that was removed.
void KafkaJournal::forget_deleted(OpenStream& stream) {
    const MutexLock opening(opening_mutex_);
    if (stream.is_used) return;  // it was opened meanwhile
    stream.is_deleted = true;
    boost::asio::post(io_, [&stream] { stream.stream->unfollow(); });
    logging::info("stream_deleted destination={}", stream.stream->name());
}

// On the thread for questions.
void KafkaJournal::check_settings() {
    const bool is_first = next_check_ == Clock::time_point{};
    next_check_ = Clock::now() + check_interval;
    if (is_first) return;  // the opening has just done it
    try {
        const auto topics = list_topics();
        for (auto* const each : all()) {
            if (!each->is_used) continue;
            const auto problems = topic_problems(each->stream->topics().all(), topics, false);
            if (problems != each->stream->error()) {
                if (!problems.empty()) logging::error("kafka_topic_unsafe message=\"{}\"", problems);
                each->stream->set_error(problems);
            }
            each->is_durable = problems.empty();
            if (!problems.empty()) next_check_ = Clock::now() + unsafe_check_interval;
        }
    } catch (const std::exception& error) {
        logging::warn("kafka_topics_unchecked message=\"{}\"", error.what());
    }
}

void KafkaJournal::set_reachable(bool reachable, std::string error) {
    if (!reachable && !std::exchange(unreachable_logged_, true)) {
        logging::error("kafka_unreachable brokers=\"{}\" message=\"{}\"", pintle::kafka::bootstrap_of(settings_),
                       error);
    }
    // While some brokers are down, librdkafka asks now one that answers and now one that does not.
    if (reachable && !slow_ && std::exchange(unreachable_logged_, false)) {
        logging::info("kafka_reachable brokers=\"{}\"", pintle::kafka::bootstrap_of(settings_));
    }
    reachable_ = reachable;
    const MutexLock lock(mutex_);
    error_ = reachable ? "" : "no Kafka broker answers: " + error;
}

// Who may Write to no topic gets no producer that works; each try costs the brokers something.
void KafkaJournal::producer_failed(boost::system::error_code error, std::string_view message) {
    if (!is_denied(error)) return logging::error("kafka_producer_failed message=\"{}\"", message);
    logging::debug("kafka_producer_denied message=\"{}\"", message);
    next_renewal_ = Clock::now() + renewal_interval;
    for (auto* const each : all()) record_access(*each, error);
}

// Those that have failed since then and why, for people; empty: none.
std::string KafkaJournal::silent_brokers(Clock::time_point since) const {
    std::string text;
    for (const auto& [broker, failure] : broker_failures_) {
        if (failure.at >= since) add_silent_broker(text, broker, failure.message);
    }
    return text;
}

// What a producer had not written is lost when it is made anew.
void KafkaJournal::renew_producers(Clock::time_point now) {
    if (now < next_renewal_) return;
    if (std::exchange(event_producer_failed_, false)) {
        event_producer_.reset();
        event_producer_ = make_producer(event_producer_failed_);
        for (const auto& state : in_flight_) {
            if (state->unacked == 0) continue;
            waiting_records_ -= state->unacked;
            state->unacked = 0;
            state->error = make_error_code(boost::system::errc::io_error);
            finish(*state);
        }
    }
    if (std::exchange(owner_producer_failed_, false)) {
        owner_producer_.reset();
        owner_producer_ = make_producer(owner_producer_failed_);
        for (auto* const each : all()) each->stream->producer_failed();
    }
}

// ---- Closing ----

bool KafkaJournal::is_all_written() const {
    const auto is_released = [](const auto* each) { return !each->stream->is_owner(); };
    return in_flight_.empty() && owner_producer_->waiting() == 0 && std::ranges::all_of(all(), is_released);
}

void KafkaJournal::close() {
    const MutexLock closing(closing_mutex_);
    closed_ = true;
    if (!thread_.joinable()) return;
    auto written = std::make_shared<std::promise<void>>();
    auto is_written = written->get_future();
    {
        const MutexLock lock(mutex_);
        all_written_ = std::move(written);
    }
    for (auto* const each : all()) each->stream->release(ReleaseReason::stopping);
    if (is_written.wait_for(close_timeout) != std::future_status::ready) {
        logging::warn("journal_closed_early message=\"Kafka does not acknowledge what was written last\"");
    }
    work_.reset();
    io_.stop();
    thread_.join();
    blocking_.join();
    for (const auto& state : in_flight_) {
        if (!state->is_done) state->done(make_error_code(boost::system::errc::operation_canceled));
    }
    in_flight_.clear();
    std::vector<Incoming> incoming;
    {
        const MutexLock lock(mutex_);
        incoming.swap(incoming_);
    }
    for (const auto& each : incoming) each.done(make_error_code(boost::system::errc::operation_canceled));
}

// ---- Other processes ----

void KafkaJournal::announce_this() {
    {
        const MutexLock lock(mutex_);
        if (announcement_.version.empty()) return;  // `announce` was not called yet
    }
    NodeAnnouncement announcement;
    announcement.node = environment_.node;
    announcement.name = options_.node_name;
    announcement.started = started_;
    for (auto* const each : all()) {
        if (each->stream->is_owner()) announcement.owned.push_back(each->stream->name());
    }
    {
        const MutexLock lock(mutex_);
        announcement.announcement = announcement_;
    }
    read_announcement(announcement);  // also while Kafka does not take it
    expire_nodes();
    const auto error = owner_producer_->append(control_topic(options_.topic_prefix), encode(announcement),
                                               [](boost::system::error_code, std::int64_t) {});
    if (error) next_announcement_ = {};  // it is repeated soon
}

void KafkaJournal::read_announcement(NodeAnnouncement announcement) {
    const auto name = announcement.name;
    const auto version = announcement.announcement.version;
    const auto change = [&] {
        const MutexLock lock(mutex_);
        return nodes_.read(std::move(announcement), wall_now());
    }();
    if (change == NodeDirectory::Change::joined) logging::info("node_joined node=\"{}\" version={}", name, version);
    if (change == NodeDirectory::Change::same_name) {
        logging::error("node_name_not_unique node=\"{}\" message=\"two nodes have this journal.kafka.node_name\"",
                       name);
    }
}

void KafkaJournal::expire_nodes() {
    const auto gone = [&] {
        const MutexLock lock(mutex_);
        return nodes_.expire(wall_now());
    }();
    for (const auto& name : gone) logging::info("node_gone node=\"{}\"", name);
}

void KafkaJournal::announce(Announcement announcement) {
    const MutexLock lock(mutex_);
    announcement_ = std::move(announcement);
}

std::optional<Cluster> KafkaJournal::cluster() const {
    Cluster cluster;
    cluster.waiting_records = waiting_records_;
    cluster.waiting_bytes = waiting_bytes_;
    cluster.append_errors = append_errors_;
    cluster.broker_errors = broker_errors_;
    const auto streams = all();
    const MutexLock lock(mutex_);
    std::map<NodeId, std::vector<std::string>>
        owned;  // as the ledgers say, which are right when a node is gone as well
    for (const auto* const each : streams) {
        const auto owner = each->stream->owner();
        cluster.ownership_changes += each->stream->ownership_changes();
        if (owner.node) owned[*owner.node].push_back(each->stream->name());
        // It is no problem that nobody delivers it: an orphan if it has events.
        if (!owner.node && !each->is_used) continue;
        cluster.streams.push_back({each->stream->name(), owner.node ? nodes_.name_of(*owner.node) : std::string(),
                                   owner.epoch, owner.since, owner.last_record, each->replicas, each->in_sync,
                                   each->is_used ? each->stream->refusal() : std::string()});
    }
    cluster.nodes = nodes_.nodes(environment_.node, owned);
    return cluster;
}

void KafkaJournal::submit(Stream stream, std::string command, WriteCallback done) {
    if (closed_) return done(make_error_code(boost::system::errc::operation_canceled));
    boost::asio::post(io_, [this, stream, command = std::move(command), done = std::move(done)]() mutable {
        produce_alone(stream, encode_command(command), std::move(done));
    });
}

void KafkaJournal::subscribe_duplicates(Stream stream, DuplicateListener dropped) {
    find(stream).subscribe_duplicates(std::move(dropped));
}

void KafkaJournal::subscribe_commands(Stream stream, CommandListener listener) {
    find(stream).subscribe_commands(std::move(listener));
}

// ---- Streams ----

KafkaJournal::OpenStream& KafkaJournal::open(Stream stream) const {
    const ReaderLock lock(streams_mutex_);
    return *streams_.at(stream - 1);
}

std::vector<KafkaJournal::OpenStream*> KafkaJournal::all() const {
    const ReaderLock lock(streams_mutex_);
    std::vector<OpenStream*> streams;
    streams.reserve(streams_.size());
    for (const auto& each : streams_) {
        if (!each->is_deleted) streams.push_back(each.get());
    }
    return streams;
}

std::optional<Stream> KafkaJournal::find_stream(std::string_view name) const {
    const ReaderLock lock(streams_mutex_);
    const auto found = std::ranges::find_if(
        streams_, [&](const auto& each) { return !each->is_deleted && each->stream->name() == name; });
    if (found == streams_.end()) return std::nullopt;
    return static_cast<Stream>(found - streams_.begin() + 1);
}

std::vector<std::string> KafkaJournal::streams() const {
    std::vector<std::string> names;
    for (const auto* const each : all()) names.push_back(each->stream->name());
    return names;
}

void KafkaJournal::subscribe(Stream stream, CommitListener committed) {
    find(stream).subscribe(std::move(committed));
}

void KafkaJournal::subscribe_dead_letters(Stream stream, DeadLetterListener committed) {
    find(stream).subscribe_dead_letters(std::move(committed));
}

void KafkaJournal::subscribe_ownership(Stream stream, OwnershipListener changed) {
    find(stream).subscribe_ownership(std::move(changed));
}

bool KafkaJournal::may_send(Stream stream) const noexcept {
    return find(stream).may_send();
}

void KafkaJournal::release(Stream stream, ReleaseReason reason) {
    auto& released = open(stream);
    released.is_used = false;
    released.is_durable = true;  // it is not checked any more
    released.stream->set_error({});
    released.stream->release(reason);
}

void KafkaJournal::set_share(Stream stream, std::uint64_t max_bytes) {
    open(stream).max_bytes = max_bytes;
}

std::vector<StoredRecord> KafkaJournal::read(Stream stream, Offset after, std::size_t limit, std::size_t bytes) const {
    const auto& opened = open(stream);
    // Only for people then: they and the questions to the brokers need not wait until the read has failed.
    if (!opened.stream->is_owner() && (!reachable_ || slow_ || !opened.available)) {
        throw std::runtime_error("topic " + opened.stream->topics().events + " cannot be read: Kafka does not answer");
    }
    return opened.stream->read(after, limit, bytes);
}

Offset KafkaJournal::first_pending(Stream stream) const {
    return find(stream).first_pending();
}

Offset KafkaJournal::last(Stream stream) const {
    return find(stream).last();
}

std::uint64_t KafkaJournal::pending(Stream stream) const {
    return find(stream).pending();
}

std::uint64_t KafkaJournal::unwritten_acks(Stream stream) const {
    return find(stream).unwritten_acks();
}

void KafkaJournal::ack(Stream stream, Offset offset, std::size_t /*bytes*/) {
    find(stream).ack(offset);
}

void KafkaJournal::dead_letter(Stream stream, Offset offset, std::size_t /*bytes*/, DeadLetter letter) {
    find(stream).dead_letter(offset, std::move(letter));
}

std::vector<DeadLetter> KafkaJournal::dead_letters(Stream stream, std::uint64_t after, std::size_t limit) const {
    return find(stream).dead_letters(after, limit);
}

DeadLetterUsage KafkaJournal::dead_letter_usage(Stream stream) const {
    return find(stream).dead_letter_usage();
}

StreamUsage KafkaJournal::stream_usage(Stream stream) const {
    const auto& opened = open(stream);
    return {opened.stream->pending_bytes(), opened.max_bytes, opened.full, opened.stream->error()};
}

Ledger KafkaJournal::ledger(Stream stream) const {
    return find(stream).ledger();
}

// The owner knows them; a process that takes records needs those of its own time only.
void KafkaJournal::message_ids_since(WallTime /*since*/, const VisitMessageIds& /*visit*/) const {}

std::optional<std::string> KafkaJournal::metadata(Stream stream, std::string_view name) const {
    return find(stream).metadata(name);
}

void KafkaJournal::set_metadata(Stream stream, std::string_view name, std::string_view value) {
    find(stream).set_metadata(name, value);
}

std::optional<std::string> KafkaJournal::metadata(std::string_view name) const {
    const MutexLock lock(mutex_);
    const auto found = metadata_.find(name);
    return found == metadata_.end() ? std::nullopt : std::optional(found->second);
}

void KafkaJournal::set_metadata(std::string_view name, std::string_view value) {
    const MutexLock lock(mutex_);
    metadata_.insert_or_assign(std::string(name), std::string(value));
}

Usage KafkaJournal::usage() const {
    Usage usage;
    usage.max_bytes = options_.max_size;
    usage.full = full_;
    usage.commits = commits_.times();
    bool works = false;
    for (const auto* const each : all()) {
        usage.bytes_on_disk += each->stream->topic_bytes();
        usage.dead_letters += each->stream->dead_letter_usage().count;
        if (!each->is_used) continue;
        auto error = each->stream->error();
        works = works || error.empty();
        if (usage.error.empty()) usage.error = std::move(error);
    }
    // Where one stream works, the others' errors are theirs alone.
    if (works) usage.error.clear();
    const MutexLock lock(mutex_);
    if (!error_.empty()) usage.error = error_;
    if (!error_of_all_.empty()) usage.error = error_of_all_;
    usage.rejection = rejection_;
    return usage;
}

}  // namespace pintle::journal::kafka

namespace pintle::journal {

std::unique_ptr<Journal> open_kafka_journal(const KafkaJournalOptions& options) {
    return std::make_unique<kafka::KafkaJournal>(options, kafka::OwnershipTiming{});
}

}  // namespace pintle::journal
