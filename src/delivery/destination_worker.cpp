#include "pintle/delivery/destination_worker.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <list>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <nlohmann/json.hpp>

#include "commit_queue.hpp"
#include "delivery_span.hpp"
#include "error_deduplicator.hpp"
#include "payload_cache.hpp"
#include "pending_record.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/result.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/batch.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/customerio/regions.hpp"
#include "pintle/customerio/response.hpp"
#include "pintle/customerio/semantic_event.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/delivery/account.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/json/parse.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/telemetry/trace.hpp"
#include "pintle/telemetry/tracer.hpp"
#include "redirect.hpp"
#include "scheduler.hpp"

namespace pintle::delivery {

using customerio::BatchResult;
using customerio::DeliveryResult;
using customerio::Disposition;
using http::client::Client;
using journal::Offset;

namespace {

constexpr std::size_t read_records = 1024;
constexpr std::size_t scan_records = 512;  // about what a queue has room for when it is read again
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::chrono::seconds read_retry_interval{1};  // after the disk failed
constexpr std::chrono::milliseconds evict_interval{200};
constexpr int evict_rarity = 200;                    // an eviction is followed by a pause this many times as long
constexpr int scan_rarity = 2;                       // so is a step of a scan
constexpr std::uint64_t max_unwritten_acks = 5'000;  // records
constexpr std::chrono::milliseconds unwritten_acks_pause{5};
constexpr std::chrono::milliseconds lease_poll_interval{20};
constexpr const char* being_stopped = "the destination is being stopped";
constexpr std::string_view unexplained_pause = "paused by an operator";
constexpr int max_redirects = 5;                  // in a row
constexpr std::size_t max_kept_response = 1'024;  // bytes of a response's body that people may want to see

std::string pauses_key(const config::Destination& destination) {
    return "pauses/" + destination.name;
}

std::string ongoing_pauses_key(const config::Destination& destination) {
    return "ongoing_pauses/" + destination.name;
}

std::string operator_message_key(const config::Destination& destination) {
    return "operator_message/" + destination.name;
}

std::string region_key(const config::Destination& destination) {
    return "region/" + destination.name + "/" + destination.site_id;
}

PauseHistory stored_history(const journal::MetadataStore& metadata, journal::Stream stream,
                            const config::Destination& destination) {
    return PauseHistory(destination.max_age, metadata.metadata(stream, pauses_key(destination)).value_or(""),
                        metadata.metadata(stream, ongoing_pauses_key(destination)).value_or(""));
}

Policy policy(const config::Destination& destination) {
    Policy policy;
    policy.rate = destination.rate;
    policy.connections = destination.connections;
    policy.initial_backoff = destination.initial_backoff;
    policy.max_backoff = destination.max_backoff;
    policy.max_age = destination.max_age;
    policy.probe_interval = destination.probe_interval;
    if (destination.mapping.api_version == customerio::ApiVersion::v2) policy.max_items = destination.max_items;
    policy.linger = destination.linger;
    policy.allow_same_person = destination.allow_same_person;
    return policy;
}

events::Observation observation_of(const PendingRecord& record, std::string_view destination, events::Outcome outcome,
                                   WallTime now) {
    events::Observation observation;
    observation.outcome = outcome;
    observation.time = now;
    observation.received = record.received();
    observation.message_id = record.message_id();
    observation.source = record.source();
    observation.destination = destination;
    observation.event = record.event();
    return observation;
}

// `parsed` is used to read the event's message id.
events::Observation observation_of(const journal::DeadLetter& letter, json::Event& parsed) {
    events::Observation observation;
    observation.outcome = events::Outcome::dead_letter;
    observation.time = letter.dead_lettered_at;
    observation.received = letter.received;
    const auto id = parsed.parse(letter.event) ? customerio::read_identifier(parsed["messageId"]) : std::nullopt;
    observation.message_id = message_hash(letter.source, id.value_or(""));
    observation.source = letter.source;
    observation.destination = letter.destination;
    observation.event = letter.event;
    observation.reason = letter.reason;
    observation.message = letter.message;
    observation.method = letter.method;
    observation.path = letter.path;
    observation.body = letter.body;
    observation.status = letter.status;
    observation.response_body = letter.response_body;
    observation.attempts = letter.attempts;
    observation.letter = letter.id;
    return observation;
}

double seconds(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

// The result of a read of the journal.
struct ReadPage {
    std::vector<journal::StoredRecord> records;
    bool disk_failed = false;
};

// What goes in one request.
struct OutboundRequest {
    InFlight in_flight;
    std::vector<PendingRecord> records;
    HttpRequest request;
    std::optional<Offset> unread;  // a record that the disk could not read

    std::vector<Offset> offsets() const {
        std::vector<Offset> all;
        all.reserve(records.size());
        for (const auto& record : records) all.push_back(record.offset());
        return all;
    }
};

// The result of reading one record again. At most one of the members is set; none: the journal has lost the record.
struct ReadAgain {
    std::optional<PendingRecord> record;
    std::optional<std::string> unreadable;  // its bytes
    bool disk_failed = false;
};

}  // namespace

// All of it runs on the thread of `environment.io`, except the commit listener, the reads, and what the class says is
// thread-safe.
struct DestinationWorker::State {
    State(WorkerEnvironment e, journal::Stream s, const config::Destination& d);
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    const WorkerEnvironment environment;
    config::Destination destination;
    std::string name;  // written under `status_mutex`
    const journal::Stream stream;
    std::shared_ptr<Client> client;             // written under `status_mutex`
    std::vector<std::weak_ptr<Client>> former;  // of earlier configurations, with requests in flight
    const std::shared_ptr<journal::FullQueues> full_queues = std::make_shared<journal::FullQueues>();
    std::uint64_t max_in_queue = 0;  // as `limit_queues` has it
    Scheduler scheduler;
    PauseHistory pauses;  // by the AgeClock
    customerio::Mapper mapper;
    json::Event event;

    CommitQueue commit_queue;
    std::vector<PendingRecord> committed;  // scratch of the commit listener
    std::vector<PendingRecord> taken;      // scratch of `take_committed`
    PayloadCache payloads;
    Offset next = 1;  // the first that the scheduler was not offered yet
    Offset last = 0;  // the stream's, as far as known
    // Records that were erased while the scheduler had them, or while they were read: it drops them when they come.
    boost::unordered_flat_set<Offset> erased;
    int erasures = 0;                            // running ones
    boost::unordered_flat_set<Offset> finished;  // while there are some: records that are not pending any more
    bool reading = false;
    bool scanning = false;  // reads skipped records again

    // One alarm wakes the worker. It keeps the earliest of the times that were asked for; who still waits for a later
    // one asks again when the worker has woken.
    struct Sleeper {
        TimePoint until;
        std::function<void()> resume;
    };
    std::optional<TimePoint> wake_time;
    std::vector<Sleeper> sleepers;
    TimePoint next_read;
    TimePoint next_scan;
    TimePoint next_evict;
    TimePoint next_region_query;

    std::string operator_message;           // why an operator paused it; empty: none did
    std::string operator_name;              // who did
    std::string region_error;               // why its region is unknown; empty: it is known, or was not asked for yet
    std::shared_ptr<Client> region_client;  // of the region query in flight
    std::atomic<bool> owned{false};         // the process owns the stream; only the worker's thread changes it
    bool closing = false;                   // it did; what it had begun meanwhile is ending
    bool running = false;                   // its region is known
    bool restored = false;                  // the pause of an earlier process
    bool dispatch_pending = false;
    bool stopping = false;
    int redirects = 0;  // in a row

    std::vector<Scheduler::Sent> sent;    // scratch of `apply_response`
    std::vector<std::uint32_t> attempts;  // likewise
    std::vector<Resolution> resolutions;  // likewise
    std::uint64_t ids_excluded_from_ordering = 0;
    bool circuit_breaker_open = false;
    std::string last_failure;
    ErrorDeduplicator errors;

    std::atomic<std::uint64_t> operations{0};  // requests in flight, reads, and calls of `stop_dispatch`
    std::list<TimePoint> requests_since;       // when each request in flight began, the oldest first
    std::atomic<TimePoint> oldest_request_since{TimePoint::max()};  // the first of them
    WorkerCounts counts;
    mutable Mutex status_mutex;  // also for `client` and `name`, which only the worker's thread changes
    std::string host GUARDED_BY(status_mutex);
    std::vector<Pause> paused GUARDED_BY(status_mutex);
    std::optional<OpenCircuitBreaker> circuit_breaker GUARDED_BY(status_mutex);

    std::unique_ptr<Alarm> alarm;  // destroyed first, as it calls `wake`

    // Life
    void start();
    void change_ownership(journal::OwnershipChange change);
    void begin();
    void end();
    void forget();
    void read_metadata();
    void take_command(std::string_view command);
    void end_operation();
    template <class Act>
    void for_each_client(Act act);
    http::client::HttpClientOptions options_of(const config::Destination& destination) const;
    void reconfigure(config::Destination destination, std::shared_ptr<Client> client);
    std::optional<Pause> pause_by_operator(std::string message, std::string by);
    std::optional<Pause> resume(std::string by);
    void stop_dispatch();
    void close();
    void stop_listening();

    // Time
    TimePoint now() const { return environment.clock.now(); }
    void wake_at(TimePoint when);
    void wake();
    Awaitable<void> sleep_until(TimePoint when);

    // The region
    void find_region();
    Awaitable<void> query_region(std::shared_ptr<Client> client);
    void use_region(const std::string& region);
    void run();

    // Records
    void on_commit(std::span<journal::StoredRecord> records);
    void take_committed();
    template <class Handle>
    void read(Offset after, std::size_t limit, Handle handle);
    void refill();
    void refilled(std::vector<journal::StoredRecord> records, Offset up_to);
    void rescan();
    void rescanned(std::vector<journal::StoredRecord> records, Offset from, Offset last_read);
    Awaitable<ReadPage> read_page(Offset after);
    void start_erasure(std::function<bool(std::string_view event)> matches, bool dry_run,
                       std::function<void(Erasure)> done);
    Awaitable<Erasure> erase(std::function<bool(std::string_view event)> matches, bool dry_run, Offset end);
    void erase(const PendingRecord& record);
    void finish(Offset offset);
    bool deletes_a_person(const PendingRecord& record);
    void forget_erased();
    void enqueue(PendingRecord record);
    void store(PendingRecord record, Enqueued enqueued);
    void evict();

    // Requests
    void dispatch();
    void dispatch_soon();
    Awaitable<void> deliver(InFlight request, std::vector<Offset> offsets);
    Awaitable<OutboundRequest> build_request(std::vector<Offset> offsets);
    Awaitable<ReadAgain> read_again(Offset offset);
    Result<void> map(std::string_view event, customerio::Mapped& mapped);
    std::list<TimePoint>::iterator request_begun();
    void request_ended(std::list<TimePoint>::iterator begun);
    bool follow(Client& asked_client, const http::client::Endpoint& asked, const HttpResponse& response,
                const DeliveryResult& result);
    void keep_payloads(OutboundRequest& outbound);
    void bisect(OutboundRequest& outbound, const DeliveryResult& result);
    void apply_response(OutboundRequest& outbound, const HttpResponse& response, const BatchResult& result);
    void record_spans(const OutboundRequest& outbound, const Attempt& attempt, const BatchResult& result);
    void forget_trace(const PendingRecord& record);
    void log_deletion(const PendingRecord& record);
    void ack(const PendingRecord& record, WallTime age_now);
    const HttpRequest* request_of(const PendingRecord& record, const OutboundRequest& outbound,
                                  customerio::Mapped& mapped);
    void dead_letter(const PendingRecord& record, const HttpRequest* request, const HttpResponse& response,
                     Reason reason, std::string message, std::uint32_t attempts_made);
    void dead_letter_unreadable(Offset offset, std::string bytes);
    void report_dead_letters(std::span<const journal::CommittedLetter> letters);
    void report_duplicates(std::span<const journal::Duplicate> dropped);

    // What people see
    void record_accepted(std::span<const PendingRecord> records);
    void record_observation(events::Outcome outcome, const PendingRecord& record, const HttpRequest* request,
                            const HttpResponse& response, std::optional<Reason> reason, std::string_view message,
                            std::uint32_t attempts_made, WallTime wall_now);
    void report_error(const HttpResponse& response, const DeliveryResult& result);
    Pause by_wall_clock(Pause pause) const;
    std::vector<Pause> ongoing_pauses() const;
    std::optional<Pause> operator_pause() const;
    void store_pauses();
    void pause(PauseReason reason, std::string message, std::string by = {});
    void end_pause(PauseReason reason);
    void update_pauses();
    void update_circuit_breaker();
    void update_host();
    void report_changes();
};

std::shared_ptr<Client> make_http_client(boost::asio::io_context& io, http::client::HttpClientOptions options) {
    return std::make_shared<http::client::HttpClient>(io, std::move(options));
}

std::shared_ptr<Client> make_client(boost::asio::io_context& io, const config::Destination& destination) {
    return make_http_client(io, client_options(destination));
}

std::vector<Pause> stored_pauses(const journal::MetadataStore& metadata, journal::Stream stream,
                                 const config::Destination& destination, const Clock& clock) {
    auto all = stored_history(metadata, stream, destination).ongoing();
    for (auto& pause : all) pause.since = clock.wall_time_of(pause.since);
    return all;
}

std::string pause_command(std::string_view message, std::string_view by) {
    return nlohmann::json{{"action", "pause"}, {"message", message}, {"by", by}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string resume_command(std::string_view by) {
    return nlohmann::json{{"action", "resume"}, {"by", by}}.dump(-1, ' ', false,
                                                                 nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> metadata_keys(const config::Destination& destination) {
    return {pauses_key(destination), ongoing_pauses_key(destination), operator_message_key(destination),
            region_key(destination)};
}

void forget_pauses(journal::MetadataStore& metadata, journal::Stream stream, const std::string& destination) {
    config::Destination named;
    named.name = destination;
    for (const auto& key : {pauses_key(named), ongoing_pauses_key(named), operator_message_key(named)})
        if (!metadata.metadata(stream, key).value_or("").empty()) metadata.set_metadata(stream, key, "");
}

DestinationWorker::State::State(WorkerEnvironment e, journal::Stream s, const config::Destination& d)
    : environment(std::move(e)),
      destination(d),
      name(d.name),
      stream(s),
      client(environment.make_client(environment.io, options_of(d))),
      scheduler(policy(d), environment.seed),
      pauses(d.max_age),
      mapper(d.mapping),
      host(client->endpoint().authority()),
      alarm(environment.clock.make_alarm(environment.io, [this] { wake(); })) {
    read_metadata();  // what people see before the process owns the stream
    environment.reader.subscribe(stream, [this](std::span<journal::StoredRecord> records) { on_commit(records); });
    environment.acks.subscribe_dead_letters(stream, [this](std::vector<journal::CommittedLetter> letters) {
        boost::asio::post(environment.io, [this, letters = std::move(letters)] { report_dead_letters(letters); });
    });
    environment.ownership.subscribe_duplicates(stream, [this](std::vector<journal::Duplicate> dropped) {
        boost::asio::post(environment.io, [this, dropped = std::move(dropped)] { report_duplicates(dropped); });
    });
}

// No listener runs any more when this returns.
DestinationWorker::State::~State() {
    stop_listening();
}

void DestinationWorker::State::stop_listening() {
    environment.ownership.subscribe_ownership(stream, {});
    environment.commands.subscribe_commands(stream, {});
    environment.reader.subscribe(stream, {});
    environment.acks.subscribe_dead_letters(stream, {});
    environment.ownership.subscribe_duplicates(stream, {});
}

DestinationWorker::DestinationWorker(WorkerEnvironment environment, journal::Stream stream,
                                     const config::Destination& destination)
    : state_(std::make_unique<State>(std::move(environment), stream, destination)) {}

DestinationWorker::~DestinationWorker() = default;

void DestinationWorker::start() {
    boost::asio::post(state_->environment.io, [&s = *state_] { s.start(); });
}

std::shared_ptr<Client> DestinationWorker::connect(const config::Destination& destination) const {
    return state_->environment.make_client(state_->environment.io, state_->options_of(destination));
}

void DestinationWorker::reconfigure(config::Destination destination, std::shared_ptr<Client> client) {
    boost::asio::post(state_->environment.io,
                      [&s = *state_, destination = std::move(destination), client = std::move(client)]() mutable {
                          s.reconfigure(std::move(destination), std::move(client));
                      });
}

std::future<std::optional<Pause>> DestinationWorker::pause_by_operator(std::string message, std::string by) {
    using Task = std::packaged_task<std::optional<Pause>()>;
    return boost::asio::post(state_->environment.io,
                             Task([&s = *state_, message = std::move(message), by = std::move(by)]() mutable {
                                 return s.pause_by_operator(std::move(message), std::move(by));
                             }));
}

std::future<std::optional<Pause>> DestinationWorker::resume(std::string by) {
    using Task = std::packaged_task<std::optional<Pause>()>;
    return boost::asio::post(state_->environment.io,
                             Task([&s = *state_, by = std::move(by)]() mutable { return s.resume(std::move(by)); }));
}

std::future<Erasure> DestinationWorker::erase(std::function<bool(std::string_view event)> matches, bool dry_run) {
    auto promise = std::make_shared<std::promise<Erasure>>();
    auto future = promise->get_future();
    boost::asio::post(state_->environment.io, [&s = *state_, matches = std::move(matches), dry_run, promise]() mutable {
        s.start_erasure(std::move(matches), dry_run, [promise](Erasure done) { promise->set_value(std::move(done)); });
    });
    return future;
}

void DestinationWorker::stop_dispatch() {
    ++state_->operations;  // until then something new may begin
    boost::asio::post(state_->environment.io, [&s = *state_] {
        s.stop_dispatch();
        --s.operations;
    });
}

bool DestinationWorker::is_idle() const noexcept {
    return state_->operations.load() == 0;
}

void DestinationWorker::close() {
    boost::asio::post(state_->environment.io, [&s = *state_] { s.close(); });
}

void DestinationWorker::stop_listening() {
    state_->stop_listening();
}

WorkerStatus DestinationWorker::status() const {
    WorkerStatus status;
    status.owned = state_->owned;
    if (const TimePoint since = state_->oldest_request_since; since != TimePoint::max()) {
        status.oldest_request_age = state_->now() - since;
    }
    const MutexLock lock(state_->status_mutex);
    status.connections = state_->client->connections();
    status.host = state_->host;
    status.pauses = state_->paused;
    status.circuit_breaker = state_->circuit_breaker;
    return status;
}

const WorkerCounts& DestinationWorker::counts() const noexcept {
    return state_->counts;
}
journal::Stream DestinationWorker::stream() const noexcept {
    return state_->stream;
}
std::shared_ptr<const journal::FullQueues> DestinationWorker::full_queues() const noexcept {
    return state_->full_queues;
}

void DestinationWorker::limit_queues(std::uint64_t max) {
    boost::asio::post(state_->environment.io, [&s = *state_, max] {
        s.max_in_queue = max;
        s.scheduler.watch_queues(*s.full_queues, max);
    });
}

void DestinationWorker::State::start() {
    if (stopping) return;
    environment.commands.subscribe_commands(stream, [this](std::string_view command, std::function<void()> done) {
        boost::asio::post(environment.io, [this, command = std::string(command), done = std::move(done)] {
            take_command(command);
            done();
        });
    });
    environment.ownership.subscribe_ownership(stream, [this](journal::OwnershipChange change) {
        boost::asio::post(environment.io, [this, change] { change_ownership(change); });
    });
}

// What was begun as the owner ends before anything is begun as the owner once more.
void DestinationWorker::State::change_ownership(journal::OwnershipChange change) {
    const bool begins = change == journal::OwnershipChange::began;
    if (stopping || begins == owned) return;
    owned = begins;
    if (!begins) return end();
    if (!closing) begin();
}

void DestinationWorker::State::begin() {
    read_metadata();
    for (const auto& pause : ongoing_pauses()) {
        logging::warn("destination_still_paused destination={} reason={} message=\"{}\" since={} by=\"{}\"", name,
                      code_of(pause.reason), pause.message, to_iso8601(pause.since), pause.by);
    }
    next = environment.reader.first_pending(stream);
    last = environment.reader.last(stream);
    find_region();
}

// Cancels the requests in flight: whoever owns the stream next sends them again.
void DestinationWorker::State::end() {
    running = false;
    closing = true;
    ++operations;  // for what follows
    alarm->cancel();
    wake_time.reset();
    for (auto& sleeper : std::exchange(sleepers, {})) sleeper.resume();
    for_each_client([](Client& each) { each.cancel(); });
    end_operation();
}

// Also those that only requests in flight still use.
template <class Act>
void DestinationWorker::State::for_each_client(Act act) {
    act(*client);
    for (const auto& each : former) {
        if (const auto former_client = each.lock()) act(*former_client);
    }
}

// Each request, read or other thing that counted among the operations ends here.
void DestinationWorker::State::end_operation() {
    if (--operations > 0 || !closing || stopping) return;
    closing = false;
    forget();
    if (owned) begin();
}

// As it was before it owned the stream, with what the journal knows by now.
void DestinationWorker::State::forget() {
    full_queues->clear();
    scheduler = Scheduler(policy(destination), environment.seed);
    scheduler.watch_queues(*full_queues, max_in_queue);
    commit_queue.clear();
    payloads = PayloadCache();
    next_read = next_scan = next_evict = next_region_query = {};
    region_client.reset();
    region_error.clear();
    redirects = 0;
    restored = false;
    ids_excluded_from_ordering = 0;
    circuit_breaker_open = false;
    erased.clear();
    former.clear();
    const MutexLock lock(status_mutex);
    circuit_breaker.reset();
}

// What an earlier owner has stored, this process or another one.
void DestinationWorker::State::read_metadata() {
    pauses = stored_history(environment.metadata, stream, destination);
    operator_message = environment.metadata.metadata(stream, operator_message_key(destination)).value_or("");
    const auto* const pause = pauses.find(PauseReason::by_operator);
    operator_name = pause == nullptr ? "" : pause->by;
    const MutexLock lock(status_mutex);
    paused = ongoing_pauses();
}

// A process that does not own the stream any more, and may not know it yet, writes nothing to a socket.
http::client::HttpClientOptions DestinationWorker::State::options_of(const config::Destination& to) const {
    auto options = client_options(to);
    options.may_send = [&ownership = environment.ownership, number = stream] { return ownership.may_send(number); };
    return options;
}

void DestinationWorker::State::reconfigure(config::Destination to, std::shared_ptr<Client> through) {
    if (stopping) return;
    std::erase_if(former, [](const auto& each) { return each.expired(); });
    former.emplace_back(client);
    {
        const MutexLock lock(status_mutex);
        client.swap(through);
        name = to.name;
    }
    update_host();
    const bool is_renamed = to.name != destination.name;
    destination = std::move(to);
    redirects = 0;
    mapper = customerio::Mapper(destination.mapping);
    pauses = PauseHistory(destination.max_age, pauses.encode(), pauses.encode_ongoing());
    if (is_renamed) {  // the journal has moved what was stored until then
        store_pauses();
        environment.metadata.set_metadata(stream, operator_message_key(destination), operator_message);
    }
    scheduler.reconfigure(policy(destination), now());
    next_region_query = {};
    if (destination.region == config::Region::autodetect) running = false;
    if (!running) return find_region();
    refill();
    dispatch();
}

std::optional<Pause> DestinationWorker::State::pause_by_operator(std::string message, std::string by) {
    auto before = operator_pause();
    if (before && message.empty()) return before;
    operator_message = message.empty() ? std::string(unexplained_pause) : std::move(message);
    operator_name = std::move(by);
    environment.metadata.set_metadata(stream, operator_message_key(destination), operator_message);
    report_changes();
    return before;
}

std::optional<Pause> DestinationWorker::State::resume(std::string by) {
    auto before = operator_pause();
    operator_message.clear();
    operator_name = std::move(by);
    environment.metadata.set_metadata(stream, operator_message_key(destination), operator_message);
    if (stopping) {
        report_changes();
        return before;
    }
    scheduler.reconfigure(policy(destination), now());  // the next probe is due now
    next_region_query = {};
    if (!running) find_region();
    refill();
    dispatch();
    return before;
}

// A command of a later version that this one does not know does nothing.
void DestinationWorker::State::take_command(std::string_view command) {
    const auto document = parse_json(command);
    const auto text_of = [&](const char* key) { return document.value(key, std::string()); };
    if (!document.is_object() || !document.contains("action")) return;
    if (text_of("action") == "pause") {
        pause_by_operator(text_of("message"), text_of("by"));
    } else if (text_of("action") == "resume") {
        resume(text_of("by"));
    }
}

void DestinationWorker::State::stop_dispatch() {
    stopping = true;
    alarm->cancel();
    for (auto& sleeper : std::exchange(sleepers, {})) sleeper.resume();
}

void DestinationWorker::State::close() {
    stop_dispatch();
    for_each_client([](Client& each) { each.close(); });
}

void DestinationWorker::State::wake_at(TimePoint when) {
    if (stopping || (wake_time && *wake_time <= when)) return;
    wake_time = when;
    alarm->set(when);
}

void DestinationWorker::State::wake() {
    wake_time.reset();
    if (stopping) return;
    if (!sleepers.empty()) {
        const auto time = now();
        auto due = std::exchange(sleepers, {});
        const auto later = std::partition(due.begin(), due.end(), [&](const auto& each) { return each.until <= time; });
        sleepers.assign(std::make_move_iterator(later), std::make_move_iterator(due.end()));
        due.erase(later, due.end());
        for (const auto& sleeper : sleepers) wake_at(sleeper.until);
        for (auto& sleeper : due) sleeper.resume();
    }
    if (!running) find_region();
    refill();
    dispatch();
}

// Sleeps until `when`, or until dispatching stops.
Awaitable<void> DestinationWorker::State::sleep_until(TimePoint when) {
    if (stopping) co_return;
    co_await boost::asio::async_initiate<decltype(awaiting), void()>(
        [this, when](auto handler) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            sleepers.push_back({when, [shared] { std::move (*shared)(); }});
            wake_at(when);
        },
        awaiting);
}

// Looks up the account's region if the configuration wants that. The journal knows it if it was asked for before:
// a region is asked for once in an account's life.
void DestinationWorker::State::find_region() {
    if (!owned || closing || stopping) return;
    if (destination.region != config::Region::autodetect) return run();
    const auto known = environment.metadata.metadata(stream, region_key(destination)).value_or("");
    if (!known.empty()) return use_region(known);
    if (region_client == client) return;  // the response is awaited
    if (now() < next_region_query) return wake_at(next_region_query);
    region_client = client;
    ++operations;
    boost::asio::co_spawn(environment.io, query_region(client), [this](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
        end_operation();
    });
}

// The response counts unless another configuration has come meanwhile.
Awaitable<void> DestinationWorker::State::query_region(std::shared_ptr<Client> asked) {
    const HttpRequest query = region_query();
    const HttpResponse response = co_await asked->send(query);
    if (region_client == asked) region_client.reset();
    if (stopping || closing || asked != client) co_return;
    if (const auto region = region_in(response)) {
        environment.metadata.set_metadata(stream, region_key(destination), *region);
        use_region(*region);
        co_return;
    }
    region_error = "the account's region is unknown: ";
    region_error += response.status == 200 ? "the response names none"
                                           : customerio::classify(response, environment.clock.wall_now()).message;
    next_region_query = now() + destination.probe_interval;
    wake_at(next_region_query);
    report_changes();
}

void DestinationWorker::State::use_region(const std::string& region) {
    logging::info("region_known destination={} region={}", name, region);
    if (!destination.base_url && region == "eu") {
        auto endpoint = client->endpoint();
        endpoint.host = customerio::eu_host;
        client->redirect(std::move(endpoint));
        update_host();
    }
    run();
}

void DestinationWorker::State::run() {
    region_error.clear();
    const auto* const before = pauses.find(PauseReason::credentials);
    if (!std::exchange(restored, true) && before != nullptr) scheduler.restore_pause(before->message, now());
    running = true;
    refill();
    dispatch();
}

// On the commit thread, before the senders get their responses. Unreadable records are left out: the worker comes to
// them when it reads the journal.
void DestinationWorker::State::on_commit(std::span<journal::StoredRecord> records) {
    const auto last_committed = records.back().offset;
    committed.clear();
    for (auto& stored : records) {
        if (auto record = PendingRecord::decode(stored)) committed.push_back(std::move(*record));
    }
    record_accepted(committed);
    if (commit_queue.put(committed, last_committed)) boost::asio::post(environment.io, [this] { take_committed(); });
}

void DestinationWorker::State::take_committed() {
    commit_queue.take(taken, last);
    for (auto& record : taken) {
        if (payloads.full() || scheduler.full()) break;
        if (record.offset() == next && running) enqueue(std::move(record));
    }
    refill();
    dispatch();
}

// Reads the next records after `after`, and calls `handle` with them and with whether the disk could be read.
template <class Handle>
void DestinationWorker::State::read(Offset after, std::size_t limit, Handle handle) {
    ++operations;
    boost::asio::post(environment.disk_reads, [this, after, limit, handle = std::move(handle)]() mutable {
        std::vector<journal::StoredRecord> records;
        std::string problem;
        try {
            records = environment.reader.read(stream, after, limit, read_bytes);
        } catch (const std::exception& error) {
            problem = error.what();
        }
        boost::asio::post(environment.io, [this, handle = std::move(handle), records = std::move(records),
                                           problem = std::move(problem)]() mutable {
            if (!problem.empty()) logging::error("journal_read_failed destination={} message=\"{}\"", name, problem);
            handle(std::move(records), problem.empty());
            end_operation();
        });
    });
}

void DestinationWorker::State::refill() {
    if (!running || stopping) return;
    rescan();
    forget_erased();
    if (reading || next > last) return;
    if (now() < next_read) return wake_at(next_read);
    if (payloads.full()) evict();
    if (payloads.full() || scheduler.full()) return;
    reading = true;
    read(next - 1, read_records, [this, up_to = last](std::vector<journal::StoredRecord> records, bool ok) {
        reading = false;
        if (ok) return refilled(std::move(records), up_to);
        next_read = now() + read_retry_interval;
        wake_at(next_read);
    });
}

void DestinationWorker::State::refilled(std::vector<journal::StoredRecord> records, Offset up_to) {
    if (records.empty()) next = std::max(next, up_to + 1);  // none of them is pending
    for (auto& stored : records) {
        auto record = PendingRecord::decode(stored);
        if (record) {
            enqueue(std::move(*record));
        } else {
            next = stored.offset + 1;
            dead_letter_unreadable(stored.offset, std::move(stored.bytes));
        }
    }
    refill();
    dispatch();
}

// Brings skipped records back while there is room for them, for at most a third of the time, so that a long queue that
// is read again and again costs the others little.
void DestinationWorker::State::rescan() {
    if (scanning || payloads.full() || scheduler.full()) return;
    const auto from = scheduler.next_scan();
    if (!from) return;
    const auto begin = now();
    if (begin < next_scan) return wake_at(next_scan);
    scanning = true;
    read(*from - 1, scan_records,
         [this, from = *from, begin, last_read = next - 1](std::vector<journal::StoredRecord> records, bool ok) {
             if (ok) rescanned(std::move(records), from, last_read);
             const auto end = now();
             next_scan = ok ? end + scan_rarity * (end - begin) : end + read_retry_interval;
             scanning = false;
             refill();
             dispatch();
         });
}

// `last_read`: the last record that the scheduler had been offered when the read began. The read may have missed later
// ones.
void DestinationWorker::State::rescanned(std::vector<journal::StoredRecord> records, Offset from, Offset last_read) {
    Offset seen = records.empty() ? std::max(from, last_read) : from;
    for (auto& stored : records) {
        seen = std::min(stored.offset, next - 1);
        if (stored.offset >= next) break;
        if (erased.contains(stored.offset)) continue;
        auto record = PendingRecord::decode(stored);
        if (!record) continue;
        scheduler.set_scarce(!payloads.has_room_for_blocked());
        const auto enqueued = scheduler.enqueue_again({record->offset(), record->keys()});
        store(std::move(*record), enqueued);
    }
    scheduler.scanned(seen, next - 1);
}

Awaitable<ReadPage> DestinationWorker::State::read_page(Offset after) {
    co_return co_await boost::asio::async_initiate<decltype(awaiting), void(ReadPage)>(
        [this, after](auto handler) {
            read(after, read_records,
                 [handler = std::move(handler)](std::vector<journal::StoredRecord> records, bool ok) mutable {
                     std::move(handler)(ReadPage{std::move(records), !ok});
                 });
        },
        awaiting);
}

void DestinationWorker::State::start_erasure(std::function<bool(std::string_view event)> matches, bool dry_run,
                                             std::function<void(Erasure)> done) {
    if (!owned || stopping) {
        Erasure erasure;
        erasure.error = stopping ? being_stopped : "another node delivers it: ask that one";
        return done(std::move(erasure));
    }
    ++operations;
    ++erasures;
    boost::asio::co_spawn(environment.io, erase(std::move(matches), dry_run, environment.reader.last(stream)),
                          [this, done = std::move(done)](const std::exception_ptr& error, Erasure erasure) {
                              if (--erasures == 0) finished.clear();
                              end_operation();
                              if (error) std::rethrow_exception(error);
                              done(std::move(erasure));
                          });
}

// Of the records up to `end`.
Awaitable<Erasure> DestinationWorker::State::erase(std::function<bool(std::string_view event)> matches, bool dry_run,
                                                   Offset end) {
    Erasure erasure;
    const auto goes_on = [this] { return owned && !closing && !stopping; };
    Offset after = environment.reader.first_pending(stream) - 1;
    while (after < end && goes_on()) {
        ReadPage page = co_await read_page(after);
        if (page.disk_failed) {
            erasure.error = "the journal cannot be read";
            co_return erasure;
        }
        if (page.records.empty() || !goes_on()) break;
        after = page.records.back().offset;
        for (auto& stored : page.records) {
            if (stored.offset > end) break;
            const auto record = PendingRecord::decode(stored);
            if (!record || finished.contains(record->offset()) || !matches(record->event())) continue;
            if (scheduler.is_in_flight(record->offset())) {
                ++erasure.in_flight;
            } else if (deletes_a_person(*record)) {
                ++erasure.deletions;
            } else {
                ++erasure.events;
                if (!dry_run) erase(*record);
            }
        }
        while (environment.acks.unwritten_acks(stream) >= max_unwritten_acks && goes_on())
            co_await sleep_until(now() + unwritten_acks_pause);
    }
    if (!goes_on()) erasure.error = being_stopped;
    if (!dry_run) logging::warn("events_erased destination={} count={}", name, erasure.events);
    co_return erasure;
}

// For a record that is pending and not in flight.
void DestinationWorker::State::erase(const PendingRecord& record) {
    journal::DeadLetter letter;
    letter.source = record.source();
    letter.destination = name;
    letter.event = "{}";
    letter.reason = Reason::erased;
    letter.message = sentence(Reason::erased);
    letter.received = record.received();
    letter.dead_lettered_at = environment.clock.wall_now();
    finish(record.offset());
    environment.acks.dead_letter(stream, record.offset(), record.size(), std::move(letter));
    payloads.take(record.offset());
    erased.insert(record.offset());
    forget_trace(record);
    counts.dead_lettered.add(Reason::erased);
}

// An erasure may have read the record just before.
void DestinationWorker::State::finish(Offset offset) {
    if (erasures > 0) finished.insert(offset);
}

bool DestinationWorker::State::deletes_a_person(const PendingRecord& record) {
    customerio::Mapped mapped;
    map(record.event(), mapped);  // names the semantic event even if the event cannot be mapped
    return mapped.semantic_event && customerio::deletes_or_suppresses(*mapped.semantic_event);
}

// Once no record is in memory or on its way there.
void DestinationWorker::State::forget_erased() {
    if (erased.empty() || reading || scanning || next <= environment.reader.last(stream)) return;
    if (scheduler.size() == 0 && scheduler.skipped_keys() == 0) erased.clear();
}

void DestinationWorker::State::enqueue(PendingRecord record) {
    next = record.offset() + 1;
    if (erased.erase(record.offset()) > 0) return;
    scheduler.set_scarce(!payloads.has_room_for_blocked());
    const auto enqueued = scheduler.enqueue({record.offset(), record.keys()});
    store(std::move(record), enqueued);
}

// Keeps a record that the scheduler took, unless it has to wait long.
void DestinationWorker::State::store(PendingRecord record, Enqueued enqueued) {
    if (enqueued == Enqueued::skipped || enqueued == Enqueued::known) return;
    if (scheduler.backing_off({record.offset(), record.keys()})) return;
    payloads.put(std::move(record), enqueued == Enqueued::blocked);
}

// Looks at the whole cache, so not each time that it is full.
void DestinationWorker::State::evict() {
    const auto begin = now();
    if (begin < next_evict) return;
    payloads.evict(
        [this](const PendingRecord& record) { return scheduler.backing_off({record.offset(), record.keys()}); });
    const auto end = now();
    next_evict = end + std::max<TimePoint::duration>(evict_interval, evict_rarity * (end - begin));
}

void DestinationWorker::State::dispatch() {
    if (!owned) return;
    while (running && !stopping && operator_message.empty()) {
        // If the disk cannot keep up with the deliveries, the number of events that a crash would resend has a bound.
        if (environment.acks.unwritten_acks(stream) >= max_unwritten_acks) {
            wake_at(now() + unwritten_acks_pause);
            break;
        }
        if (!environment.ownership.may_send(stream)) {  // for a moment, or the end of the ownership is on its way
            wake_at(now() + lease_poll_interval);
            break;
        }
        const Step step = scheduler.next(now());
        if (step.action == Step::Action::wait) wake_at(step.until);
        if (step.action != Step::Action::send) break;
        ++operations;
        auto offsets = scheduler.build_batch(step.offset);
        boost::asio::co_spawn(environment.io, deliver(step.request, std::move(offsets)),
                              [this](const std::exception_ptr& error) {
                                  if (error) std::rethrow_exception(error);
                                  dispatch_soon();
                                  end_operation();
                              });
    }
    report_changes();
}

// After all responses that are here already, so that the requests that take their places are sent together.
void DestinationWorker::State::dispatch_soon() {
    if (std::exchange(dispatch_pending, true)) return;
    boost::asio::post(environment.io, [this] {
        dispatch_pending = false;
        refill();
        dispatch();
    });
}

Awaitable<void> DestinationWorker::State::deliver(InFlight request, std::vector<Offset> offsets) {
    OutboundRequest outbound = co_await build_request(std::move(offsets));
    outbound.in_flight = request;
    if (outbound.unread) {
        // If it is all of the request, it stays in flight meanwhile, so that no further request is begun with it.
        if (outbound.records.empty()) co_await sleep_until(now() + read_retry_interval);
        scheduler.exclude(*outbound.unread);
    }
    if (outbound.records.empty()) {
        scheduler.cancel(request);
        co_return;
    }
    if (closing) {
        scheduler.requeue(request, outbound.offsets());
        co_return;
    }
    const auto asked = client;
    const http::client::Endpoint asked_endpoint = asked->endpoint();
    auto* const tracer = environment.tracer;
    const auto traced_from = tracer != nullptr ? tracer->now() : telemetry::SpanTime{};
    const auto begun = request_begun();
    const HttpResponse response = co_await asked->send(outbound.request);
    counts.request_duration.add(now() - *begun);
    request_ended(begun);
    if (response.status == 0 && (stopping || closing)) {
        scheduler.requeue(request, outbound.offsets());
        co_return;
    }
    const auto result = customerio::classify_batch(response, outbound.records.size(), environment.clock.wall_now());
    if (tracer != nullptr) {
        record_spans(outbound,
                     {traced_from, tracer->now(), name, asked_endpoint, outbound.request.method, response.status,
                      outbound.records.size()},
                     result);
    }
    // A failure of a former configuration says nothing about the one that is in force.
    const bool outdated = asked != client && result.whole.disposition != Disposition::delivered &&
                          result.whole.disposition != Disposition::rejected;
    const bool was_stopped = response.status == 0 && !environment.ownership.may_send(stream);
    if (outdated || was_stopped || follow(*asked, asked_endpoint, response, result.whole)) {
        const auto sent_offsets = outbound.offsets();
        keep_payloads(outbound);
        scheduler.resend(request, sent_offsets);
    } else if (result.bisect) {
        bisect(outbound, result.whole);
    } else {
        apply_response(outbound, response, result);
    }
}

std::list<TimePoint>::iterator DestinationWorker::State::request_begun() {
    const auto begun = requests_since.insert(requests_since.end(), now());
    oldest_request_since = requests_since.front();
    counts.requests_in_flight.fetch_add(1, std::memory_order_relaxed);
    return begun;
}

void DestinationWorker::State::request_ended(std::list<TimePoint>::iterator begun) {
    requests_since.erase(begun);
    oldest_request_since = requests_since.empty() ? TimePoint::max() : requests_since.front();
    counts.requests_in_flight.fetch_sub(1, std::memory_order_relaxed);
}

// Maps the records one after another into one request, and gives back to the scheduler those that do not go in it.
Awaitable<OutboundRequest> DestinationWorker::State::build_request(std::vector<Offset> offsets) {
    OutboundRequest outbound;
    customerio::Batch batch;
    customerio::Mapped mapped;
    bool full = false;
    bool gap = false;  // a record was left out: none that follows it in its queue may go
    const auto exclude = [&](Offset offset, std::optional<PendingRecord> record, bool unbatchable = false) {
        if (record) payloads.put(std::move(*record));
        scheduler.exclude(offset, unbatchable);
        gap = true;
    };
    for (const Offset offset : offsets) {
        if (full || (gap && scheduler.is_blocked_by_previous(offset))) {
            exclude(offset, std::nullopt);
            continue;
        }
        if (erased.contains(offset)) {
            if (scheduler.is_blocked_by_previous(offset)) {
                exclude(offset, std::nullopt);
                continue;
            }
            erased.erase(offset);
            scheduler.discard(offset);
            continue;
        }
        auto record = payloads.take(offset);
        if (!record) {
            ReadAgain again = co_await read_again(offset);
            if (again.disk_failed) {
                outbound.unread = offset;
                full = gap = true;
                continue;
            }
            if (!again.record && scheduler.is_blocked_by_previous(offset)) {
                exclude(offset, std::nullopt);
                continue;
            }
            if (!again.record) {
                if (again.unreadable) {
                    dead_letter_unreadable(offset, std::move(*again.unreadable));
                } else {
                    logging::error("record_lost destination={} offset={}", name, offset);
                }
                scheduler.discard(offset);
                continue;
            }
            record = std::move(again.record);
        }
        // An error means that the options have changed since the record was accepted.
        const auto done = map(record->event(), mapped);
        record->set_semantic_event(mapped.semantic_event);
        if (!done) {
            if (scheduler.is_blocked_by_previous(offset)) {
                exclude(offset, std::move(record));
                continue;
            }
            dead_letter(*record, nullptr, {}, done.error(), std::string(sentence(done.error())),
                        scheduler.attempts(offset));
            scheduler.discard(offset);
            continue;
        }
        if (offsets.size() > 1 && batch.add(mapped.request)) {
            outbound.records.push_back(std::move(*record));
        } else if (batch.size() == 0) {  // it is the only one, or the first and cannot go with others
            outbound.records.push_back(std::move(*record));
            std::swap(outbound.request, mapped.request);
            full = true;
        } else {
            full = customerio::is_batch_item(mapped.request);  // the batch has no room for it
            exclude(offset, std::move(record), !full);
        }
    }
    if (batch.size() > 0) batch.finish(outbound.request);
    co_return outbound;
}

// For a record that was evicted.
Awaitable<ReadAgain> DestinationWorker::State::read_again(Offset offset) {
    co_return co_await boost::asio::async_initiate<decltype(awaiting), void(ReadAgain)>(
        [this, offset](auto handler) {
            read(offset - 1, 1,
                 [offset, handler = std::move(handler)](std::vector<journal::StoredRecord> records, bool ok) mutable {
                     ReadAgain again;
                     again.disk_failed = !ok;
                     if (!records.empty() && records.front().offset == offset) {
                         again.record = PendingRecord::decode(records.front());
                         if (!again.record) again.unreadable = std::move(records.front().bytes);
                     }
                     std::move(handler)(std::move(again));
                 });
        },
        awaiting);
}

Result<void> DestinationWorker::State::map(std::string_view text, customerio::Mapped& mapped) {
    mapped.semantic_event.reset();
    const auto parsed = event.parse(text);
    return parsed ? mapper.map(event, mapped) : parsed;
}

// A redirect to a host that may have our credentials moves the destination there, and the request is sent once more;
// any other is an error. `asked` is the endpoint that responded: of requests that were in flight together the first
// moves the destination for all.
bool DestinationWorker::State::follow(Client& asked_client, const http::client::Endpoint& asked,
                                      const HttpResponse& response, const DeliveryResult& result) {
    if (result.disposition != Disposition::redirected) {
        redirects = 0;
        return false;
    }
    const auto target = redirect_target(asked, response.location);
    const bool resend = target && (*target == asked_client.endpoint() || ++redirects <= max_redirects);
    if (resend && *target != asked_client.endpoint()) {
        logging::warn("destination_redirected destination={} to={}", name, target->authority());
        asked_client.redirect(*target);
        update_host();
    }
    return resend;
}

void DestinationWorker::State::keep_payloads(OutboundRequest& outbound) {
    for (auto& record : outbound.records) payloads.put(std::move(record));
}

void DestinationWorker::State::bisect(OutboundRequest& outbound, const DeliveryResult& result) {
    logging::info("batch_rejected destination={} items={} reason={} message=\"{}\"", name, outbound.records.size(),
                  code(result.reason), result.message);
    const auto offsets = outbound.offsets();
    keep_payloads(outbound);
    scheduler.bisect(outbound.in_flight, offsets, now());
}

void DestinationWorker::State::apply_response(OutboundRequest& outbound, const HttpResponse& response,
                                              const BatchResult& result) {
    const auto& [bisected, whole, rejected] = result;
    report_error(response, whole);
    const auto wall_now = environment.clock.wall_now();
    const auto age_now = environment.clock.age_now();
    sent.clear();
    attempts.clear();
    resolutions.clear();
    for (const auto& record : outbound.records) {
        sent.push_back({record.offset(), pauses.age(record.queued(), age_now), false});
        attempts.push_back(scheduler.attempts(record.offset()) + 1);
    }
    for (const auto& item : rejected) sent[item.index].rejected = true;
    scheduler.answered(outbound.in_flight, sent, whole, now(), resolutions);

    customerio::Mapped mapped;
    auto next_rejected = rejected.begin();
    for (std::size_t i = 0; i < resolutions.size(); ++i) {
        auto& record = outbound.records[i];
        const bool by_itself = sent[i].rejected;
        const auto observe = [&](events::Outcome outcome, std::optional<Reason> reason, std::string_view message) {
            if (!environment.events.should_record(outcome, wall_now)) return;
            record_observation(outcome, record, request_of(record, outbound, mapped), response, reason, message,
                               attempts[i], wall_now);
        };
        switch (resolutions[i]) {
            case Resolution::delivered:
                observe(events::Outcome::delivered, {}, {});
                log_deletion(record);
                ack(record, age_now);
                break;
            case Resolution::dead_letter: {
                const HttpRequest* const request = request_of(record, outbound, mapped);
                if (by_itself) {
                    dead_letter(record, request, {response.status, next_rejected->error, {}, {}, {}},
                                Reason::rejected_207, next_rejected->message, attempts[i]);
                } else if (whole.disposition == Disposition::rejected) {
                    dead_letter(record, request, response, whole.reason, whole.message, attempts[i]);
                } else {
                    dead_letter(record, request, response, Reason::too_old,
                                std::string(sentence(Reason::too_old)) + ": " + whole.message, attempts[i]);
                }
                break;
            }
            case Resolution::retry:
                attempts[i] = scheduler.attempts(record.offset());  // rejected credentials may not count
                counts.retries.add(whole.reason);
                last_failure = whole.message;
                logging::debug("delivery_failed destination={} offset={} attempts={} reason={} message=\"{}\"", name,
                               record.offset(), attempts[i], code(whole.reason), whole.message);
                observe(events::Outcome::retried, whole.reason, whole.message);
                payloads.put(std::move(record));
                break;
        }
        if (by_itself) ++next_rejected;
    }
}

// One span for each traced event of the request. Called before the scheduler counts the attempt.
void DestinationWorker::State::record_spans(const OutboundRequest& outbound, const Attempt& attempt,
                                            const BatchResult& result) {
    auto rejected = result.rejected.begin();
    for (std::size_t i = 0; i < outbound.records.size(); ++i) {
        const auto& record = outbound.records[i];
        AttemptOutcome outcome;
        outcome.delivered = result.whole.disposition == Disposition::delivered;
        outcome.reason = result.whole.reason;
        if (rejected != result.rejected.end() && rejected->index == i) {
            outcome.delivered = false;
            outcome.reason = Reason::rejected_207;
            ++rejected;
        }
        const auto context = environment.tracer->find({stream, record.message_id()});
        if (!context) continue;
        outcome.earlier_attempts = scheduler.attempts(record.offset());
        environment.tracer->record(delivery_span(*context, environment.tracer->new_span(), attempt, outcome));
    }
}

void DestinationWorker::State::forget_trace(const PendingRecord& record) {
    if (environment.tracer != nullptr) environment.tracer->forget({stream, record.message_id()});
}

// The line is the proof of a deletion. It has the event's messageId and never names the person.
void DestinationWorker::State::log_deletion(const PendingRecord& record) {
    const auto semantic_event = record.semantic_event();
    if (!semantic_event || !customerio::deletes_or_suppresses(*semantic_event)) return;
    std::string_view message_id;
    if (event.parse(record.event())) message_id = customerio::read_identifier(event["messageId"]).value_or("");
    logging::info("semantic_event_delivered destination={} name=\"{}\" message_id=\"{}\"", name,
                  customerio::name_of(*semantic_event), message_id);
}

void DestinationWorker::State::ack(const PendingRecord& record, WallTime age_now) {
    finish(record.offset());
    environment.acks.ack(stream, record.offset(), record.size());
    forget_trace(record);
    counts.delivered.add();
    counts.delivery_latency.add(age_now - record.queued());
}

// The request that carries the record alone; null if it cannot be mapped any more. Only a record of a batch is mapped
// again for that, into `mapped`.
const HttpRequest* DestinationWorker::State::request_of(const PendingRecord& record, const OutboundRequest& outbound,
                                                        customerio::Mapped& mapped) {
    if (outbound.records.size() == 1) return &outbound.request;
    return map(record.event(), mapped) ? &mapped.request : nullptr;
}

void DestinationWorker::State::dead_letter(const PendingRecord& record, const HttpRequest* request,
                                           const HttpResponse& response, Reason reason, std::string message,
                                           std::uint32_t attempts_made) {
    message = customerio::dead_letter_message(record.semantic_event(), message);
    counts.dead_lettered.add(reason);
    journal::DeadLetter letter;
    if (request != nullptr) {
        letter.method = request->method;
        letter.path = request->path;
        letter.body = request->body;
    }
    letter.source = record.source();
    letter.destination = name;
    letter.event = record.event();
    letter.reason = reason;
    letter.message = std::move(message);
    letter.status = response.status;
    letter.response_body = response.body.substr(0, max_kept_response);
    letter.attempts = attempts_made;
    letter.received = record.received();
    letter.dead_lettered_at = environment.clock.wall_now();
    forget_trace(record);
    finish(record.offset());
    environment.acks.dead_letter(stream, record.offset(), record.size(), std::move(letter));
}

void DestinationWorker::State::dead_letter_unreadable(Offset offset, std::string bytes) {
    logging::error("record_unreadable destination={} offset={}", name, offset);
    counts.dead_lettered.add(Reason::unreadable_record);
    const auto size = bytes.size();
    journal::DeadLetter letter;
    letter.destination = name;
    letter.event = std::move(bytes);
    letter.reason = Reason::unreadable_record;
    letter.message = sentence(Reason::unreadable_record);
    letter.dead_lettered_at = environment.clock.wall_now();
    finish(offset);
    environment.acks.dead_letter(stream, offset, size, std::move(letter));
}

// Letters of events that never were a record have no log line of their own: their sender may be anybody.
void DestinationWorker::State::report_dead_letters(std::span<const journal::CommittedLetter> letters) {
    for (const auto& [offset, letter] : letters) {
        if (letter.reason == Reason::erased) continue;  // `erase` has logged how many
        if (offset != 0) {
            logging::warn("dead_letter destination={} letter=\"{}/{}\" offset={} attempts={} reason={} message=\"{}\"",
                          name, name, letter.id, offset, letter.attempts, code(letter.reason), letter.message);
        }
        if (letter.reason == Reason::unreadable_record) continue;  // its bytes are no event
        if (!environment.events.should_record(events::Outcome::dead_letter, letter.dead_lettered_at)) continue;
        environment.events.record(observation_of(letter, event));
    }
}

// The process that received the event has told its sender that it is accepted.
void DestinationWorker::State::report_duplicates(std::span<const journal::Duplicate> dropped) {
    counts.duplicates.add(dropped.size());
    for (const auto& duplicate : dropped) {
        events::Observation observation;
        observation.outcome = events::Outcome::dropped;
        observation.time = environment.clock.wall_now();
        if (!environment.events.should_record(observation.outcome, observation.time)) continue;
        observation.received = duplicate.received;
        observation.message_id = duplicate.message;
        observation.source = duplicate.source;
        observation.destination = name;
        observation.event = duplicate.event;
        observation.reason = Reason::duplicate;
        observation.message = sentence(Reason::duplicate);
        environment.events.record(observation);
    }
}

// On the commit thread, while a reload may change the name.
void DestinationWorker::State::record_accepted(std::span<const PendingRecord> records) {
    const auto wall_now = environment.clock.wall_now();
    std::optional<std::string> current_name;
    for (const auto& record : records) {
        if (!environment.events.should_record(events::Outcome::accepted, wall_now)) continue;
        if (!current_name) {
            const MutexLock lock(status_mutex);
            current_name = name;
        }
        environment.events.record(observation_of(record, *current_name, events::Outcome::accepted, wall_now));
    }
}

void DestinationWorker::State::record_observation(events::Outcome outcome, const PendingRecord& record,
                                                  const HttpRequest* request, const HttpResponse& response,
                                                  std::optional<Reason> reason, std::string_view message,
                                                  std::uint32_t attempts_made, WallTime wall_now) {
    auto observation = observation_of(record, name, outcome, wall_now);
    observation.reason = reason;
    observation.message = message;
    observation.attempts = attempts_made;
    observation.status = response.status;
    observation.response_body = std::string_view(response.body).substr(0, max_kept_response);
    if (request != nullptr) {
        observation.method = request->method;
        observation.path = request->path;
        observation.body = request->body;
    }
    environment.events.record(observation);
}

// Logs an attempt without a response, and a redirect that may not be followed: an operator may have to act.
void DestinationWorker::State::report_error(const HttpResponse& response, const DeliveryResult& result) {
    if (response.status != 0 && result.disposition != Disposition::redirected) {
        if (errors.is_over(now())) logging::info("delivery_recovered destination={}", name);
    } else if (errors.is_news(result.message, now())) {
        logging::warn("delivery_error destination={} reason={} message=\"{}\"", name, code(result.reason),
                      result.message);
    }
}

// With its start as a time of the wall clock.
Pause DestinationWorker::State::by_wall_clock(Pause pause) const {
    pause.since = environment.clock.wall_time_of(pause.since);
    return pause;
}

std::vector<Pause> DestinationWorker::State::ongoing_pauses() const {
    auto all = pauses.ongoing();
    for (auto& pause : all) pause = by_wall_clock(std::move(pause));
    return all;
}

std::optional<Pause> DestinationWorker::State::operator_pause() const {
    const auto* const pause = pauses.find(PauseReason::by_operator);
    return pause == nullptr ? std::nullopt : std::optional(by_wall_clock(*pause));
}

void DestinationWorker::State::store_pauses() {
    environment.metadata.set_metadata(stream, ongoing_pauses_key(destination), pauses.encode_ongoing());
    environment.metadata.set_metadata(stream, pauses_key(destination), pauses.encode());
}

void DestinationWorker::State::pause(PauseReason reason, std::string message, std::string by) {
    const auto* const before = pauses.find(reason);
    if (before != nullptr && before->message == message && before->by == by) return;
    const bool begins = pauses.begin(reason, std::move(message), environment.clock.age_now(), std::move(by));
    {
        const MutexLock lock(status_mutex);
        paused = ongoing_pauses();
    }
    const bool is_by_operator = reason == PauseReason::by_operator;
    if (!begins && !is_by_operator) return;  // each probe may have another message
    store_pauses();
    const auto pause = by_wall_clock(*pauses.find(reason));
    if (!begins) {
        logging::warn("destination_pause_changed destination={} reason={} message=\"{}\" since={} by=\"{}\"", name,
                      code_of(reason), pause.message, to_iso8601(pause.since), pause.by);
    } else if (is_by_operator) {
        logging::warn("destination_paused destination={} reason={} message=\"{}\" since={} by=\"{}\"", name,
                      code_of(reason), pause.message, to_iso8601(pause.since), pause.by);
    } else {
        logging::error("destination_paused destination={} reason={} message=\"{}\" since={} probe_interval_seconds={}",
                       name, code_of(reason), pause.message, to_iso8601(pause.since),
                       seconds(destination.probe_interval));
    }
}

void DestinationWorker::State::end_pause(PauseReason reason) {
    if (!pauses.end(reason, environment.clock.age_now())) return;
    {
        const MutexLock lock(status_mutex);
        paused = ongoing_pauses();
    }
    store_pauses();
    const std::string_view by = reason == PauseReason::by_operator ? std::string_view(operator_name) : "pintle";
    if (pauses.ongoing().empty()) {
        logging::info("destination_resumed destination={} by=\"{}\"", name, by);
    } else {
        logging::info("destination_pause_ended destination={} reason={} remaining={} by=\"{}\"", name, code_of(reason),
                      code_of(pauses.ongoing().front().reason), by);
    }
}

// Each reason begins and ends on its own.
void DestinationWorker::State::update_pauses() {
    if (!operator_message.empty()) pause(PauseReason::by_operator, operator_message, operator_name);
    if (!region_error.empty()) pause(PauseReason::region_unknown, region_error);
    const auto& message = scheduler.pause_message();
    if (message) pause(PauseReason::credentials, *message);
    // New pauses first: in between the destination would not be paused.
    if (operator_message.empty()) end_pause(PauseReason::by_operator);
    if (!running) return;  // until the region is known, the pauses of an earlier process go on
    if (region_error.empty()) end_pause(PauseReason::region_unknown);
    if (!message) end_pause(PauseReason::credentials);
}

void DestinationWorker::State::update_circuit_breaker() {
    const bool is_open = scheduler.circuit_breaker_open();
    const bool was_open = std::exchange(circuit_breaker_open, is_open);
    if (!is_open && !was_open) return;
    {
        const MutexLock lock(status_mutex);
        if (!is_open) {
            circuit_breaker.reset();
        } else if (!was_open) {
            circuit_breaker = {environment.clock.wall_now(), last_failure};
        } else {
            circuit_breaker->message = last_failure;
        }
    }
    if (is_open == was_open) return;
    if (is_open) {
        logging::warn("circuit_breaker_opened destination={} message=\"{}\"", name, last_failure);
    } else {
        logging::info("circuit_breaker_closed destination={}", name);
    }
}

void DestinationWorker::State::update_host() {
    const MutexLock lock(status_mutex);
    host = client->endpoint().authority();
}

// Logs what an operator must know, once, when it changes.
void DestinationWorker::State::report_changes() {
    update_pauses();
    update_circuit_breaker();
    if (scheduler.ids_excluded_from_ordering() != ids_excluded_from_ordering) {
        ids_excluded_from_ordering = scheduler.ids_excluded_from_ordering();
        logging::warn("anonymous_id_shared destination={} ids={}", name, ids_excluded_from_ordering);
    }
}

}  // namespace pintle::delivery
