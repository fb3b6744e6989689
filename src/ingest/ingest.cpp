#include "pintle/ingest/ingest.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "auth.hpp"
#include "commit_waiter.hpp"
#include "counters.hpp"
#include "dedupe.hpp"
#include "event_rate.hpp"
#include "event_traces.hpp"
#include "outcome_reporter.hpp"
#include "pintle/base/age_clock.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/semantic_event.hpp"
#include "pintle/http/server/failure_log.hpp"
#include "pintle/http/server/query.hpp"
#include "pintle/logging/logging.hpp"
#include "reasons.hpp"
#include "request_processor.hpp"
#include "responses.hpp"
#include "routes.hpp"

namespace pintle::ingest {
namespace {

// Why a stream takes no events while the journal as a whole does.
Reason why_no_room(const journal::Journal& journal, journal::Stream stream) {
    return journal.stream_usage(stream).full ? Reason::destination_full : Reason::journal_full;
}

// Why nothing that comes in could be kept: no destination of the source has room.
std::optional<Reason> why_no_room(const journal::Journal& journal, const Source& source) {
    const auto takes_more = [&](const Destination& to) { return journal.has_room(to.stream); };
    if (std::ranges::any_of(source.destinations, takes_more)) return std::nullopt;
    return why_no_room(journal, source.destinations.front().stream);
}

// Why these cannot be kept: a destination of one of them has no room. What a destination drops needs none.
std::optional<Reason> why_no_room(const journal::Journal& journal, const Source& source, std::span<const Item> items) {
    if (source.destinations.size() == 1) return std::nullopt;  // it had room when this began
    for (std::size_t i = 0; i < source.destinations.size(); ++i) {
        const auto stream = source.destinations[i].stream;
        if (!journal.has_room(stream) && std::ranges::find(items, i, &Item::destination) != items.end())
            return why_no_room(journal, stream);
    }
    return std::nullopt;
}

using SteadyClock = std::chrono::steady_clock;

// Responses of 413 begin with the text of RudderStack's gateway.
void write_rejection(http::Response& response, unsigned status, Reason reason) {
    constexpr auto too_large = sentence(Reason::request_too_large);
    write_error(response, status,
                status == 413 && !sentence(reason).starts_with(too_large) ? too_large : sentence(reason));
    if (status == 429) response.headers += "Retry-After: 10\r\n";
    if (status == 503) response.headers += "Retry-After: 1\r\n";
}

// A request that needs no more than this while it is processed is not counted: for all connections together this is
// little.
constexpr std::size_t free_memory = 4UL * 1024;

using Rates = std::map<std::string, EventRate>;  // by source

std::string_view code_of(InactiveSemanticEvent::Cause cause) {
    switch (cause) {
        case InactiveSemanticEvent::Cause::not_listed: return "not_listed";
        case InactiveSemanticEvent::Cause::filtered: return "filtered";
    }
    return {};
}

std::string_view explain(InactiveSemanticEvent::Cause cause) {
    switch (cause) {
        case InactiveSemanticEvent::Cause::not_listed:
            return "the destination's semantic_events do not list it: it is delivered as an ordinary event";
        case InactiveSemanticEvent::Cause::filtered:
            return "the destination's filter (events) drops it, although its semantic_events list it";
    }
    return {};
}

// A request between its claims and its response. `messages` are its own claims.
struct Commit {
    Commit(Dedupe& d, Dedupe::Source s, const Executor& executor, WallTime time)
        : dedupe(d), source(s), others(executor), own(executor), now(time) {}

    // Appends what is new once the messages that other requests are committing are in the journal: otherwise an event
    // could come before one that its sender sent earlier. Returns whether all is in the journal.
    Awaitable<bool> run(journal::Journal& journal, journal::WriteBatch append) {
        if (others.expects()) co_await others.wait();
        if (others.failed()) dedupe.failed(messages, make_error_code(boost::system::errc::operation_canceled));
        if (others.failed()) co_return false;
        if (append.records.empty() && append.dead_letters.empty()) co_return true;
        own.expect();
        journal.append(std::move(append), [this](boost::system::error_code error) { done(error); });
        co_await own.wait();
        co_return !own.failed();
    }

    Dedupe& dedupe;
    Dedupe::Source source;
    CommitWaiter others;
    CommitWaiter own;
    WallTime now;  // by the AgeClock
    MessageHashes messages;

private:
    void done(boost::system::error_code error) {
        if (error) {
            dedupe.failed(messages, error);
        } else {
            dedupe.committed(source, messages, now);
        }
        own.arrived(error);
    }
};

}  // namespace

// The options for requests, and the processors for them. It does not change: a reload replaces it, and a request keeps
// the one with which it began.
struct Ingest::RequestPolicy {
    // The state of a source that survives a reload.
    struct SourceState {
        SourceCounter* counter = nullptr;
        SourceCounter::Destinations destination_counters;
        SourceCounter::Keys key_counters;  // of each write key
        EventRate* rate = nullptr;
        Dedupe::Source message_ids = 0;
        std::vector<MessageKeys> message_keys;  // of each destination

        void count_rejected(const ProcessedRequest& processed, Reason reason) const {
            counter->rejected(destination_counters, processed, reason);
        }
        void count_kept(const ProcessedRequest& processed) const { counter->kept(destination_counters, processed); }
    };

    RequestPolicy(Options o, Counters& counters, Rates& rates, Dedupe& dedupe) : options(std::move(o)) {
        counters.retire_keys();
        for (const Source& source : options.sources) {
            SourceState& state = source_states.emplace_back();
            std::tie(state.counter, state.destination_counters, state.key_counters) = counters.of(source);
            state.rate = &rates[source.name];
            state.message_ids = dedupe.source(source.name);
            for (const Destination& destination : source.destinations)
                state.message_keys.emplace_back(destination.stream);
        }
    }

    std::unique_ptr<RequestProcessor> acquire_processor() {
        {
            const MutexLock lock(processors_mutex);
            if (!processors.empty()) {
                auto processor = std::move(processors.back());
                processors.pop_back();
                return processor;
            }
        }
        return std::make_unique<RequestProcessor>(options);
    }

    // Keeps a few processors for reuse, but not those with large buffers.
    void give_back(std::unique_ptr<RequestProcessor> processor) {
        constexpr std::size_t large_body = 512UL * 1024;
        static const std::size_t most = std::max(2U, std::thread::hardware_concurrency());
        if (processor->body_bytes() > large_body) return;
        const MutexLock lock(processors_mutex);
        if (processors.size() < most) processors.push_back(std::move(processor));
    }

    const Source* find(std::string_view name) const {
        const auto found = std::ranges::find(options.sources, name, &Source::name);
        return found == options.sources.end() ? nullptr : &*found;
    }

    const SourceState& of(const Source& source) const {
        return source_states[static_cast<std::size_t>(&source - options.sources.data())];
    }

    const Options options;
    std::vector<SourceState> source_states;  // of each source
    Mutex processors_mutex;
    std::vector<std::unique_ptr<RequestProcessor>> processors GUARDED_BY(processors_mutex);
};

// Processes a request from its body to its append, in slices between which other work of the thread runs.
class Ingest::Processing {
public:
    enum class Step : unsigned char { more, done, answered };

    Processing(State& state, RequestPolicy& policy, http::Request& request, const Route& route, WallTime now,
               WallTime age_start, http::Response& response)
        : state_(state),
          policy_(policy),
          request_(request),
          route_(route),
          now_(now),
          age_start_(age_start),
          answer_(response) {}
    ~Processing() { give_back(); }
    Processing(const Processing&) = delete;
    Processing& operator=(const Processing&) = delete;

    // Returns `more` if it must be called again, `answered` if the response is written.
    Step resume();

    ProcessedRequest processed;
    const Source* source = nullptr;          // set when it is done
    std::optional<Reason> rejection_reason;  // set if it is answered with one and the source is known

private:
    enum class Stage : unsigned char { reading, splitting, processing };

    Step open();
    Step split();
    Step begin();
    Step process();
    bool authenticate();
    bool has_room();
    Step reject_full(Reason reason);
    bool exceeds_rate();
    Step reject_unread(const Rejection& rejection);
    Step reject(const Rejection& rejection);
    Step reject(Reason reason);
    void count_rejected(Reason reason) {
        policy_.of(*source).count_rejected(processed, reason);
        rejection_reason = reason;
    }
    std::optional<Rejection> reserve(std::size_t bytes);
    void give_back() {
        if (processor_) policy_.give_back(std::move(processor_));
    }

    State& state_;
    RequestPolicy& policy_;
    http::Request& request_;
    const Route& route_;
    WallTime now_;
    WallTime age_start_;
    http::Response& answer_;
    Stage stage_ = Stage::reading;
    PresentedKeys keys_;
    Slice slice_;
    std::unique_ptr<RequestProcessor> processor_;
    std::optional<http::MemoryLease> memory_;  // of the events
};

struct Ingest::State {
    State(Options o, journal::Journal& j, Clock c, events::EventStream* stream, const Clock& a, http::MemoryBudget* m,
          telemetry::Tracer* t)
        : dedupe_window(o.dedupe_window),
          journal(j),
          clock(std::move(c)),
          ages(a ? a : clock),
          event_stream(stream),
          memory(m),
          tracer(t),
          dedupe(dedupe_window, o.max_message_ids),
          current(std::make_shared<RequestPolicy>(std::move(o), counters, rates, dedupe)) {}

    std::shared_ptr<RequestPolicy> policy() const {
        const MutexLock lock(current_mutex);
        return current;
    }

    // Counts and reports a request that has no write key, or none of a source. A wrong one is logged.
    void reject_key(Reason reason, std::string_view peer, WallTime now);

    // Logs the dead letters among the events, once a minute for each source, destination and reason: their sender may
    // be anybody.
    void warn_of_dead_letters(const Source& source, const ProcessedRequest& processed);

    // Logs each semantic event that a destination does not act on, once an hour.
    void warn_of_inactive(const Source& source, const std::vector<InactiveSemanticEvent>& events);

    static journal::WriteBatch claim(std::span<ProcessedRequest> processed, const Source& source,
                                     const RequestPolicy::SourceState& source_state, Commit& commit,
                                     OutcomeReporter& reporter, EventTraces* traces);
    static void take(Item& item, ProcessedRequest& processed, const Source& source, EventTraces* traces,
                     journal::WriteBatch& append);

    const std::chrono::milliseconds dedupe_window;
    journal::Journal& journal;
    const Clock clock;
    const Clock ages;
    events::EventStream* const event_stream;
    http::MemoryBudget* const memory;
    telemetry::Tracer* const tracer;
    Dedupe dedupe;
    Counters counters;
    mutable Mutex current_mutex;
    Rates rates GUARDED_BY(current_mutex);
    std::shared_ptr<RequestPolicy> current GUARDED_BY(current_mutex);
    Mutex wrong_keys_mutex;
    http::FailureLog wrong_keys GUARDED_BY(wrong_keys_mutex);
    Mutex dead_letters_mutex;
    http::FailureLog dead_letters GUARDED_BY(dead_letters_mutex);
    Mutex inactive_events_mutex;
    http::FailureLog inactive_events GUARDED_BY(inactive_events_mutex){std::chrono::hours(1)};
};

Ingest::Ingest(Options options, journal::Journal& journal, Clock clock, events::EventStream* event_stream,
               const Clock& ages, http::MemoryBudget* memory, telemetry::Tracer* tracer)
    : state_(
          std::make_unique<State>(std::move(options), journal, std::move(clock), event_stream, ages, memory, tracer)) {}

Ingest::~Ingest() = default;

void Ingest::load_message_ids() {
    State& s = *state_;
    if (!s.dedupe.enabled()) return;
    s.journal.message_ids_since(s.ages() - s.dedupe_window,
                                [&s](std::string_view source, const MessageHash& message, WallTime time) {
                                    s.dedupe.remember(s.dedupe.source(source), message, time);
                                });
}

Counts Ingest::counts() const {
    return state_->counters.counts();
}

void Ingest::replace(Options options) {
    State& s = *state_;
    const MutexLock lock(s.current_mutex);
    s.current = std::make_shared<RequestPolicy>(std::move(options), s.counters, s.rates, s.dedupe);
}

void Ingest::on_error(unsigned status, std::string_view reason, http::Response& response) {
    state_->counters.rejected(reason_of_fault(status));
    write_error(response, status, reason);
}

std::optional<http::Response> Ingest::on_headers(const http::Request& head, http::Terms& terms) {
    http::Response response;
    const auto policy = state_->policy();
    const Options& options = policy->options;
    const auto route = find_route(head.path);
    if (!route) {
        state_->counters.rejected(Reason::no_route);
        write_error(response, 404, Reason::no_route);
    } else if (!route->allows(head.method)) {
        state_->counters.rejected(Reason::method_not_allowed);
        write_error(response, 405, Reason::method_not_allowed);
        response.headers.append("Allow: ").append(route->allow).append("\r\n");
    } else if (head.method == boost::beast::http::verb::options) {
        preflight(head, *route, options.cors_origins, response);
    } else if (route->form == Form::health) {
        response.body = R"({"status":"ok"})";
    } else {
        const auto keys = presented_keys(head);
        const Source* source = ingest::authenticate(options.sources, keys).source;
        if (route->form == Form::source_config && source != nullptr) {
            response.body = source_config(*source, keys.empty() ? std::string_view{} : std::string_view(keys.front()),
                                          head.headers[boost::beast::http::field::host]);
        } else if (source != nullptr || (keys.empty() && route->form != Form::source_config)) {
            terms.anonymous = source == nullptr;
            return std::nullopt;
        } else {
            const auto reason = keys.empty() ? Reason::write_key_missing : Reason::invalid_write_key;
            if (route->form != Form::source_config) state_->reject_key(reason, head.peer, state_->clock());
            write_error(response, 401, reason);
        }
    }
    allow_origin(head, options.cors_origins, response);
    return response;
}

void Ingest::State::reject_key(Reason reason, std::string_view peer, WallTime now) {
    counters.rejected(reason);
    OutcomeReporter(event_stream, now).rejected(reason);
    if (reason != Reason::invalid_write_key) return;
    const auto count = [&] {
        const MutexLock lock(wrong_keys_mutex);
        return wrong_keys.add(peer, SteadyClock::now());
    }();
    if (count) logging::warn("write_key_rejected address={} count={}", peer, *count);
}

void Ingest::State::warn_of_dead_letters(const Source& source, const ProcessedRequest& processed) {
    for (std::size_t to = 0; to < processed.outcomes.size(); ++to) {
        std::map<Reason, std::uint64_t> counts;
        for (const Reason reason : processed.outcomes[to].letters) ++counts[reason];
        const auto& destination = source.destinations[to].name;
        for (const auto& [reason, added] : counts) {
            const auto key = source.name + ' ' + destination + ' ' + std::string(code(reason));
            const auto count = [&, added = added] {
                const MutexLock lock(dead_letters_mutex);
                return dead_letters.add(key, SteadyClock::now(), added);
            }();
            if (!count) continue;
            logging::warn("dead_letters_at_ingest destination={} source={} reason={} count={} message=\"{}\"",
                          destination, source.name, code(reason), *count, sentence(reason));
        }
    }
}

void Ingest::State::warn_of_inactive(const Source& source, const std::vector<InactiveSemanticEvent>& events) {
    for (const auto& [event, to, cause, added] : events) {
        const auto name = customerio::name_of(event);
        const auto& destination = source.destinations[to].name;
        const auto key = std::string(code_of(cause)) + ' ' + std::string(name) + ' ' + destination;
        const auto count = [&] {
            const MutexLock lock(inactive_events_mutex);
            return inactive_events.add(key, SteadyClock::now(), added);
        }();
        if (!count) continue;
        logging::warn("semantic_event_not_acted_on destination={} name=\"{}\" count={} reason={} message=\"{}\"",
                      destination, name, *count, code_of(cause), explain(cause));
    }
}

Ingest::Processing::Step Ingest::Processing::resume() {
    slice_.renew();
    switch (stage_) {
        case Stage::reading: return open();
        case Stage::splitting: return split();
        case Stage::processing: break;
    }
    return process();
}

// 503 if the memory may be free later, 413 if the request exceeds the whole budget.
std::optional<Rejection> Ingest::Processing::reserve(std::size_t bytes) {
    if (state_.memory == nullptr || bytes <= free_memory) return std::nullopt;
    if (!memory_) memory_.emplace(*state_.memory);
    if (memory_->resize(bytes)) return std::nullopt;
    if (bytes > state_.memory->limit()) return Rejection{413, Reason::request_exceeds_memory};
    return Rejection{503, Reason::memory_exhausted};
}

Ingest::Processing::Step Ingest::Processing::open() {
    keys_ = presented_keys(request_);
    if (!keys_.empty() && !(authenticate() && has_room())) return Step::answered;
    const std::size_t body = request_.body.size();
    processor_ = policy_.acquire_processor();
    if (body > Slice::ordinary / 4) {  // it may keep its memory for several slices
        if (const auto rejection = reserve(processor_->working_bytes(body))) return reject_unread(*rejection);
    }
    stage_ = Stage::splitting;
    if (const auto opened = processor_->open(request_.body, route_); !opened) return reject(opened.error());
    return split();
}

Ingest::Processing::Step Ingest::Processing::split() {
    const auto progress = processor_->split(slice_);
    if (!progress) return reject(progress.error());
    return *progress == Progress::more ? Step::more : begin();
}

Ingest::Processing::Step Ingest::Processing::begin() {
    if (source == nullptr && !(authenticate() && has_room())) return Step::answered;
    const std::size_t each = processor_->expanded_bytes();
    if (each > policy_.options.max_expanded) return reject({413, Reason::expansion_too_large});
    processed.events = processor_->events();
    if (source->rate > 0 && exceeds_rate()) return Step::answered;
    const std::size_t expanded = each * source->destinations.size();
    if (const auto rejection =
            reserve(expanded > free_memory ? expanded + processor_->working_bytes(request_.body.size()) : 0)) {
        return reject(*rejection);
    }
    if (http::query_parameter(request_.query, "outcomes") == "true") processed.event_outcomes.track(processed.events);
    processed.watched = OutcomeReporter(state_.event_stream, now_).should_report(events::Outcome::dropped);
    processor_->begin(*source, route_, now_, processed, age_start_);
    stage_ = Stage::processing;
    return process();
}

Ingest::Processing::Step Ingest::Processing::process() {
    const auto progress = processor_->process(slice_);
    if (!progress) return reject(progress.error());
    if (*progress == Progress::more) return Step::more;
    if (const auto reason = why_no_room(state_.journal, *source, processed.items)) return reject_full(*reason);
    if (memory_) memory_->resize(processor_->expanded_bytes() * source->destinations.size());
    give_back();
    return Step::done;
}

// Returns false after writing the response. A key in the body counts only if the head has none.
bool Ingest::Processing::authenticate() {
    if (keys_.empty()) {
        if (auto key = processor_->body_key(); !key.empty()) keys_.push_back(std::move(key));
    }
    const auto authenticated = ingest::authenticate(policy_.options.sources, keys_);
    source = authenticated.source;
    if (source != nullptr) {
        if (authenticated.key) policy_.of(*source).key_counters[*authenticated.key]->used(now_);
        return true;
    }
    const auto reason = keys_.empty() ? Reason::write_key_missing : Reason::invalid_write_key;
    state_.reject_key(reason, request_.peer, now_);
    write_error(answer_, 401, reason);
    return false;
}

// Returns false after writing the response if the streams of all destinations are full. The request counts as one
// event, as its body may not be read yet.
bool Ingest::Processing::has_room() {
    const auto reason = why_no_room(state_.journal, *source);
    if (!reason) return true;
    processed.events = 1;
    reject_full(*reason);
    return false;
}

Ingest::Processing::Step Ingest::Processing::reject_full(Reason reason) {
    count_rejected(reason);
    write_rejection(answer_, 503, reason);
    return Step::answered;
}

// Returns true after writing the response.
bool Ingest::Processing::exceeds_rate() {
    const auto wait = policy_.of(*source).rate->take(processed.events, source->rate, SteadyClock::now());
    if (!wait) return false;
    count_rejected(Reason::source_rate_exceeded);
    write_error(answer_, 429, Reason::source_rate_exceeded);
    answer_.headers += "Retry-After: " + std::to_string(wait->count()) + "\r\n";
    return true;
}

// Rejects a request before its body is read. A key in the body is not known then.
Ingest::Processing::Step Ingest::Processing::reject_unread(const Rejection& rejection) {
    if (source != nullptr) {
        processed.events = 1;
        return reject(rejection);
    }
    state_.counters.rejected(rejection.reason);
    write_rejection(answer_, rejection.status, rejection.reason);
    return Step::answered;
}

Ingest::Processing::Step Ingest::Processing::reject(Reason reason) {
    return reject(Rejection{reason == Reason::too_many_events ? 413U : 400U, reason});
}

Ingest::Processing::Step Ingest::Processing::reject(const Rejection& rejection) {
    if (source == nullptr && !authenticate()) return Step::answered;
    if (processed.events == 0) processed.events = std::max<std::size_t>(processor_->events(), 1);
    count_rejected(rejection.reason);
    OutcomeReporter(state_.event_stream, now_)
        .rejected(*source, rejection.destination, route_.type, request_.body, rejection.reason);
    write_rejection(answer_, rejection.status, rejection.reason);
    return Step::answered;
}

// The new events, in one batch for the streams of all destinations.
journal::WriteBatch Ingest::State::claim(std::span<ProcessedRequest> processed, const Source& source,
                                         const RequestPolicy::SourceState& source_state, Commit& commit,
                                         OutcomeReporter& reporter, EventTraces* traces) {
    journal::WriteBatch append;
    append.source = source.name;
    std::size_t count = 0;
    for (const auto& request : processed) count += request.items.size();
    append.records.reserve(count);
    Dedupe::Claimed claimed;
    MessageHashes keys;
    if (commit.dedupe.enabled()) {
        keys.reserve(count);
        for (const auto& request : processed) {
            for (const Item& item : request.items)
                keys.push_back(source_state.message_keys[item.destination](item.message));
        }
        claimed = commit.dedupe.claim(commit.source, keys, commit.now, commit.others);
        commit.messages.reserve(count);
        append.message_ids.reserve(count);
    }
    std::size_t at = 0;
    for (auto& request : processed) {
        for (Item& item : request.items) {
            if (commit.dedupe.enabled()) {
                const auto key = at++;
                if (!claimed[key]) {
                    ++request.outcomes[item.destination].duplicates;
                    request.event_outcomes.note(item.event, EventOutcomes::Kind::dropped, Reason::duplicate);
                    reporter.duplicate(source, item);
                    continue;
                }
                commit.messages.push_back(keys[key]);
                append.message_ids.emplace_back(keys[key], commit.now);
            }
            take(item, request, source, traces, append);
        }
    }
    return append;
}

void Ingest::State::take(Item& item, ProcessedRequest& processed, const Source& source, EventTraces* traces,
                         journal::WriteBatch& append) {
    const auto stream = source.destinations[item.destination].stream;
    OutcomeCounts& outcomes = processed.outcomes[item.destination];
    if (traces != nullptr) {
        traces->add(item.message, source.destinations[item.destination],
                    item.letter ? std::optional(item.letter->reason) : std::nullopt);
    }
    if (item.letter) {
        processed.event_outcomes.note(item.event, EventOutcomes::Kind::dead_letter, item.letter->reason);
        outcomes.letters.push_back(item.letter->reason);
        append.dead_letters.push_back({stream, std::move(*item.letter), item.message});
    } else {
        ++outcomes.records;
        processed.event_outcomes.note(item.event, EventOutcomes::Kind::accepted);
        append.records.push_back({stream, std::move(item.record)});
    }
}

// Processes records of one source up to their append. As with a request, other work of the thread runs between slices.
class Ingest::RecordBatch {
public:
    RecordBatch(State& state, RequestPolicy& policy, const Source& source, WallTime now, WallTime age_start)
        : state_(state), policy_(policy), source_(source), now_(now), age_start_(age_start) {
        if (state.memory != nullptr) memory_.emplace(*state.memory);
    }
    ~RecordBatch() {
        if (processor_) policy_.give_back(std::move(processor_));
    }
    RecordBatch(const RecordBatch&) = delete;
    RecordBatch& operator=(const RecordBatch&) = delete;

    // Processes one more record, or returns why it has to wait.
    Awaitable<std::optional<Reason>> process(const TopicRecord& record) {
        const auto executor = co_await boost::asio::this_coro::executor;
        if (!processor_) processor_ = policy_.acquire_processor();
        const RecordOrigin origin{record.topic, record.partition, record.offset, record.time};
        ProcessedRequest& processed = processed_.emplace_back();
        std::string value = record.value;  // a record that has to wait is read again
        Slice slice;
        auto step = open(value);
        while (step && *step == Progress::more) {
            step = split(slice);
            if (step && *step == Progress::more) co_await next_slice(slice, executor);
        }
        if (step) {
            if (const auto rejection = begin(value.size(), origin, processed)) step = *rejection;
        }
        if (step) step = Progress::more;
        while (step && *step == Progress::more) {
            step = processor_->process(slice);
            if (step && *step == Progress::more) co_await next_slice(slice, executor);
        }
        if (!step && is_temporary(step.error())) {
            processed_.pop_back();
            co_return step.error().reason;
        }
        if (!step) processor_->dead_letter(source_, origin, record.value, step.error().reason, now_, processed);
        const auto reason = why_no_room(state_.journal, source_, processed.items);
        if (reason) processed_.pop_back();
        co_return reason;
    }

    std::vector<ProcessedRequest>& processed() { return processed_; }
    std::chrono::seconds retry_after() const { return retry_after_; }

private:
    using Step = RejectionOr<Progress>;

    static Awaitable<void> next_slice(Slice& slice, const Executor& executor) {
        co_await boost::asio::post(executor, awaiting);
        slice.renew();
    }

    static bool is_temporary(const Rejection& rejection) { return rejection.status == 429 || rejection.status == 503; }

    Step open(std::string& value) {
        if (value.size() > policy_.options.max_record) return Rejection{413, Reason::request_too_large};
        if (const auto rejection = reserve(processor_->working_bytes(value.size()))) return *rejection;
        if (const auto opened = processor_->open(value, {Form::record, {}, {}}); !opened)
            return Rejection{400, opened.error()};
        return Progress::more;
    }

    Step split(Slice& slice) {
        const auto progress = processor_->split(slice);
        return progress ? Step(*progress) : Step(Rejection{400, progress.error()});
    }

    std::optional<Rejection> begin(std::size_t size, const RecordOrigin& origin, ProcessedRequest& processed) {
        const std::size_t each = processor_->expanded_bytes();
        if (each > policy_.options.max_expanded) return Rejection{413, Reason::expansion_too_large};
        const std::size_t expanded = each * source_.destinations.size();
        if (const auto rejection = reserve(expanded + processor_->working_bytes(size))) return rejection;
        if (source_.rate > 0) {
            const auto wait = policy_.of(source_).rate->take(processor_->events(), source_.rate, SteadyClock::now());
            if (wait) {
                retry_after_ = *wait;
                return Rejection{429, Reason::source_rate_exceeded};
            }
        }
        expanded_ += expanded;
        processed.watched = OutcomeReporter(state_.event_stream, now_).should_report(events::Outcome::dropped);
        processor_->begin(source_, {Form::record, {}, {}}, now_, processed, age_start_, origin);
        return std::nullopt;
    }

    // Beside what the records before it take.
    std::optional<Rejection> reserve(std::size_t bytes) {
        if (!memory_ || memory_->resize(expanded_ + bytes)) return std::nullopt;
        if (bytes > state_.memory->limit()) return Rejection{413, Reason::request_exceeds_memory};
        return Rejection{503, Reason::memory_exhausted};
    }

    State& state_;
    RequestPolicy& policy_;
    const Source& source_;
    WallTime now_;
    WallTime age_start_;
    std::unique_ptr<RequestProcessor> processor_;
    std::optional<http::MemoryLease> memory_;
    std::size_t expanded_ = 0;  // bytes of all records so far
    std::vector<ProcessedRequest> processed_;
    std::chrono::seconds retry_after_{1};
};

Awaitable<void> Ingest::on_request(http::Request& request, http::Response& response) {
    State& s = *state_;
    const auto policy = s.policy();
    allow_origin(request, policy->options.cors_origins, response);
    const auto begin = SteadyClock::now();
    const auto responded = [&] { s.counters.responded(SteadyClock::now() - begin); };
    if (!s.journal.has_room()) {
        s.counters.rejected(Reason::journal_full);
        write_rejection(response, 503, Reason::journal_full);
        co_return responded();
    }
    const Route route = *find_route(request.path);  // checked by `on_headers`
    const WallTime now = s.clock();
    const WallTime age_now = s.ages();
    const auto executor = co_await boost::asio::this_coro::executor;
    std::optional<EventTraces> traces;
    if (s.tracer != nullptr) traces.emplace(*s.tracer, request);
    Processing processing(s, *policy, request, route, now, age_start(age_now, now), response);
    auto step = processing.resume();
    while (step == Processing::Step::more) {
        co_await boost::asio::post(executor, awaiting);  // after other ready work
        step = processing.resume();
    }
    if (step == Processing::Step::answered) {
        const auto reason = processing.rejection_reason;
        if (traces && reason) traces->reject(*processing.source, response.status, *reason);
        co_return responded();
    }
    ProcessedRequest& processed = processing.processed;
    const Source& source = *processing.source;

    const auto& source_state = policy->of(source);
    Commit commit(s.dedupe, source_state.message_ids, executor, age_now);
    OutcomeReporter reporter(s.event_stream, now);
    if (traces) traces->mapped(source);
    auto append = s.claim({&processed, 1}, source, source_state, commit, reporter, traces ? &*traces : nullptr);
    // A variable, as GCC 12 destroys an awaitable twice that is awaited in a condition.
    const bool is_committed = co_await commit.run(s.journal, std::move(append));
    if (!is_committed) {
        source_state.count_rejected(processed, Reason::journal_full);
        write_rejection(response, 503, Reason::journal_full);
        if (traces) traces->finish(response.status);
        co_return responded();
    }
    source_state.count_kept(processed);
    reporter.dropped(source, processed.dropped);
    s.warn_of_dead_letters(source, processed);
    s.warn_of_inactive(source, processed.inactive_semantic_events);
    if (processed.event_outcomes.tracked()) {
        response.body = processed.event_outcomes.json();
    } else {
        response.content_type = "text/plain; charset=utf-8";
        response.body = "OK";
    }
    if (traces) traces->finish(response.status);
    responded();
}

Awaitable<RecordsTaken> Ingest::take_records(std::string source_name, std::span<const TopicRecord> records) {
    constexpr std::chrono::seconds pause{1};  // until the journal may have room
    State& s = *state_;
    const auto policy = s.policy();
    const Source* const source = policy->find(source_name);
    if (source == nullptr) co_return RecordsTaken{0, Reason::internal_error, pause};
    if (!s.journal.has_room()) co_return RecordsTaken{0, Reason::journal_full, pause};
    if (const auto reason = why_no_room(s.journal, *source)) co_return RecordsTaken{0, reason, pause};

    const WallTime now = s.clock();
    const WallTime age_now = s.ages();
    RecordsTaken taken;
    RecordBatch batch(s, *policy, *source, now, age_start(age_now, now));
    for (const TopicRecord& record : records) {
        taken.waits_for = co_await batch.process(record);
        if (taken.waits_for) break;
        ++taken.count;
    }
    if (taken.waits_for) taken.retry_after = batch.retry_after();

    const auto& source_state = policy->of(*source);
    const auto executor = co_await boost::asio::this_coro::executor;
    Commit commit(s.dedupe, source_state.message_ids, executor, age_now);
    OutcomeReporter reporter(s.event_stream, now);
    auto append = s.claim(batch.processed(), *source, source_state, commit, reporter, nullptr);
    const bool is_committed = co_await commit.run(s.journal, std::move(append));
    if (!is_committed) co_return RecordsTaken{0, Reason::journal_full, pause};
    for (const ProcessedRequest& processed : batch.processed()) {
        source_state.count_kept(processed);
        reporter.dropped(*source, processed.dropped);
        s.warn_of_dead_letters(*source, processed);
    }
    co_return taken;
}

}  // namespace pintle::ingest
