#include "pintle/ingest/ingest.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "auth.hpp"
#include "commit_waiter.hpp"
#include "counters.hpp"
#include "dedupe.hpp"
#include "event_rate.hpp"
#include "outcome_reporter.hpp"
#include "pintle/base/age_clock.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "reasons.hpp"
#include "request_processor.hpp"
#include "responses.hpp"
#include "routes.hpp"

namespace pintle::ingest {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Whatever was too large, its sender is told in the gateway's words first.
void say_why(http::Response& answer, unsigned status, Reason reason) {
    constexpr auto too_large = sentence(Reason::request_too_large);
    say(answer, status, status == 413 && !sentence(reason).starts_with(too_large) ? too_large : sentence(reason));
    if (status == 429) answer.headers += "Retry-After: 10\r\n";
    if (status == 503) answer.headers += "Retry-After: 1\r\n";
}

// A request that needs no more than this while it is processed takes nothing of the budget: what all connections
// together may need of it is little.
constexpr std::size_t free_memory = 4UL * 1024;

using Rates = std::map<std::string, EventRate>;  // by source

// A request's events between the journal's queue and its answer. `messages` are this request's own claims.
struct Commit {
    Commit(Dedupe& d, Dedupe::Source s, const Executor& executor, WallTime time)
        : dedupe(d), source(s), latch(executor), now(time) {}

    void done(boost::system::error_code error) {
        if (error) {
            dedupe.failed(messages, error);
        } else {
            dedupe.committed(source, messages, now);
        }
        latch.arrived(error);
    }

    Dedupe& dedupe;
    Dedupe::Source source;
    CommitWaiter latch;
    WallTime now;  // by the AgeClock
    MessageHashes messages;
    Kept kept;
};

}  // namespace

// What requests are judged by, and the intakes that do so. Never changed, but replaced as a whole; a request holds the
// one that it began with.
struct Ingest::RequestPolicy {
    // What goes on of a source where a later configuration has it again.
    struct Lasting {
        SourceCounter* counter = nullptr;
        EventRate* rate = nullptr;
        Dedupe::Source message_ids = 0;
    };

    RequestPolicy(Options o, Counters& counters, Rates& rates, Dedupe& dedupe) : options(std::move(o)) {
        for (const Source& source : options.sources)
            lasting.push_back({&counters.of(source), &rates[source.name], dedupe.source(source.name)});
    }

    std::unique_ptr<RequestProcessor> take_intake() {
        {
            const std::lock_guard lock(intakes_mutex);
            if (!intakes.empty()) {
                auto intake = std::move(intakes.back());
                intakes.pop_back();
                return intake;
            }
        }
        return std::make_unique<RequestProcessor>(options);
    }

    // One that has grown with a large body is not kept, nor more than work at the same time as a rule.
    void give_back(std::unique_ptr<RequestProcessor> intake) {
        constexpr std::size_t large_body = 512UL * 1024;
        static const std::size_t most = std::max(2U, std::thread::hardware_concurrency());
        if (intake->body_bytes() > large_body) return;
        const std::lock_guard lock(intakes_mutex);
        if (intakes.size() < most) intakes.push_back(std::move(intake));
    }

    const Lasting& of(const Source& source) const {
        return lasting[static_cast<std::size_t>(&source - options.sources.data())];
    }
    SourceCounter& counter(const Source& source) const { return *of(source).counter; }

    const Options options;
    std::vector<Lasting> lasting;  // of each source
    std::mutex intakes_mutex;
    std::vector<std::unique_ptr<RequestProcessor>> intakes;
};

// A request from its body to what is to be committed: in slices, between which others of its thread get their turn.
class Ingest::Processing {
public:
    enum class Step : unsigned char { more, done, answered };

    Processing(State& state, RequestPolicy& rules, http::Request& request, const Route& route, WallTime now,
               WallTime age_start, http::Response& answer)
        : state_(state),
          rules_(rules),
          request_(request),
          route_(route),
          now_(now),
          age_start_(age_start),
          answer_(answer) {}
    ~Processing() { give_back(); }
    Processing(const Processing&) = delete;
    Processing& operator=(const Processing&) = delete;

    // `more`: to be called again, `answered`: the answer says why the request ends here.
    Step go_on();

    ProcessedRequest taken;
    const Source* source = nullptr;  // at the latest when it is done

private:
    enum class Place : unsigned char { body, cutting, taking };

    Step open();
    Step cut();
    Step begin();
    Step take();
    bool authenticate();
    bool has_room();
    bool exceeds_rate();
    Step reject_unread(const Rejection& rejection);
    Step reject(unsigned status, Reason reason);
    Step reject(Reason reason);
    std::optional<Rejection> reserve(std::size_t bytes);
    void give_back() {
        if (intake_) rules_.give_back(std::move(intake_));
    }

    State& state_;
    RequestPolicy& rules_;
    http::Request& request_;
    const Route& route_;
    WallTime now_;
    WallTime age_start_;
    http::Response& answer_;
    Place place_ = Place::body;
    PresentedKeys keys_;
    Slice slice_;
    std::unique_ptr<RequestProcessor> intake_;
    std::optional<http::MemoryLease> memory_;  // of what is processed and committed
};

struct Ingest::State {
    State(Options o, journal::Journal& j, Clock c, events::EventStream* f, const Clock& a, http::MemoryBudget* m)
        : dedupe_window(o.dedupe_window),
          journal(j),
          clock(std::move(c)),
          ages(a ? a : clock),
          feed(f),
          memory(m),
          dedupe(dedupe_window, o.max_message_ids),
          current(std::make_shared<RequestPolicy>(std::move(o), counters, rates, dedupe)) {}

    std::shared_ptr<RequestPolicy> rules() const {
        const std::lock_guard lock(current_mutex);
        return current;
    }

    static journal::WriteBatch claim(ProcessedRequest& taken, const Source& source, Commit& commit,
                                     OutcomeReporter& witness);

    const std::chrono::milliseconds dedupe_window;
    journal::Journal& journal;
    const Clock clock;
    const Clock ages;
    events::EventStream* const feed;
    http::MemoryBudget* const memory;
    Dedupe dedupe;
    Counters counters;
    Rates rates;  // changes with `current` alone, under its mutex
    mutable std::mutex current_mutex;
    std::shared_ptr<RequestPolicy> current;
};

Ingest::Ingest(Options options, journal::Journal& journal, Clock clock, events::EventStream* feed, const Clock& ages,
               http::MemoryBudget* memory)
    : state_(std::make_unique<State>(std::move(options), journal, std::move(clock), feed, ages, memory)) {}

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
    const std::lock_guard lock(s.current_mutex);
    s.current = std::make_shared<RequestPolicy>(std::move(options), s.counters, s.rates, s.dedupe);
}

void Ingest::fault(unsigned status, std::string_view reason, http::Response& answer) {
    state_->counters.rejected(reason_of_fault(status));
    say(answer, status, reason);
}

std::optional<http::Response> Ingest::refuse(const http::Request& head, http::Terms& terms) {
    http::Response answer;
    const auto rules = state_->rules();
    const Options& options = rules->options;
    const auto route = find_route(head.path);
    if (!route) {
        state_->counters.rejected(Reason::no_route);
        say(answer, 404, Reason::no_route);
    } else if (!route->takes(head.method)) {
        state_->counters.rejected(Reason::method_not_allowed);
        say(answer, 405, Reason::method_not_allowed);
        answer.headers.append("Allow: ").append(route->allow).append("\r\n");
    } else if (head.method == boost::beast::http::verb::options) {
        preflight(head, *route, options.cors_origins, answer);
    } else if (route->form == Form::health) {
        answer.body = R"({"status":"ok"})";
    } else {
        const auto keys = presented_keys(head);
        const Source* source = ingest::authenticate(options.sources, keys);
        if (route->form == Form::source_config && source != nullptr) {
            answer.body = source_config(*source, keys.empty() ? std::string_view{} : std::string_view(keys.front()),
                                        head.headers[boost::beast::http::field::host]);
        } else if (source != nullptr || (keys.empty() && route->form != Form::source_config)) {
            terms.anonymous = source == nullptr;
            return std::nullopt;
        } else {
            const auto reason = keys.empty() ? Reason::write_key_missing : Reason::invalid_write_key;
            if (route->form != Form::source_config) {
                state_->counters.rejected(reason);
                OutcomeReporter(state_->feed, state_->clock()).rejected(nullptr, {}, reason);
            }
            say(answer, 401, reason);
        }
    }
    allow_origin(head, options.cors_origins, answer);
    return answer;
}

Ingest::Processing::Step Ingest::Processing::go_on() {
    slice_.renew();
    switch (place_) {
        case Place::body: return open();
        case Place::cutting: return cut();
        case Place::taking: break;
    }
    return take();
}

// What the budget lacks now it may have later; what it never has, the sender need not try again.
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
    intake_ = rules_.take_intake();
    if (body > Slice::ordinary / 4) {  // it may have to wait with what it needs
        if (const auto rejection = reserve(intake_->working_bytes(body))) return reject_unread(*rejection);
    }
    place_ = Place::cutting;
    if (const auto opened = intake_->open(request_.body, route_); !opened) return reject(opened.error());
    return cut();
}

Ingest::Processing::Step Ingest::Processing::cut() {
    const auto progress = intake_->cut(slice_);
    if (!progress) return reject(progress.error());
    return *progress == Progress::more ? Step::more : begin();
}

Ingest::Processing::Step Ingest::Processing::begin() {
    if (source == nullptr && !(authenticate() && has_room())) return Step::answered;
    const std::size_t expanded = intake_->expanded_bytes();
    if (expanded > rules_.options.max_expanded) return reject(413, Reason::expansion_too_large);
    taken.events = intake_->events();
    if (source->rate > 0 && exceeds_rate()) return Step::answered;
    if (const auto rejection =
            reserve(expanded > free_memory ? expanded + intake_->working_bytes(request_.body.size()) : 0)) {
        return reject(rejection->status, rejection->reason);
    }
    taken.watched = OutcomeReporter(state_.feed, now_).looks_for(events::Outcome::dropped);
    intake_->begin(*source, route_, now_, taken, age_start_);
    place_ = Place::taking;
    return take();
}

Ingest::Processing::Step Ingest::Processing::take() {
    const auto progress = intake_->take(slice_);
    if (!progress) return reject(progress.error().status, progress.error().reason);
    if (*progress == Progress::more) return Step::more;
    if (memory_) memory_->resize(intake_->expanded_bytes());
    give_back();
    return Step::done;
}

// False: the answer says so. The head's keys come first: where it has any, the body's is not looked at.
bool Ingest::Processing::authenticate() {
    if (keys_.empty()) {
        if (auto key = intake_->body_key(); !key.empty()) keys_.push_back(std::move(key));
    }
    source = ingest::authenticate(rules_.options.sources, keys_);
    if (source != nullptr) return true;
    const auto reason = keys_.empty() ? Reason::write_key_missing : Reason::invalid_write_key;
    state_.counters.rejected(reason);
    OutcomeReporter(state_.feed, now_).rejected(nullptr, {}, reason);
    say(answer_, 401, reason);
    return false;
}

// False: nothing goes to the source's destination now. As the body may not have been looked at, it counts as one event.
bool Ingest::Processing::has_room() {
    if (state_.journal.has_room(source->stream)) return true;
    taken.events = 1;
    rules_.counter(*source).rejected(taken, Reason::destination_full);
    say_why(answer_, 503, Reason::destination_full);
    return false;
}

// True: the answer says so.
bool Ingest::Processing::exceeds_rate() {
    const auto wait = rules_.of(*source).rate->take(taken.events, source->rate, SteadyClock::now());
    if (!wait) return false;
    rules_.counter(*source).rejected(taken, Reason::source_rate_exceeded);
    say(answer_, 429, Reason::source_rate_exceeded);
    answer_.headers += "Retry-After: " + std::to_string(wait->count()) + "\r\n";
    return true;
}

// Of a body that was not looked at, nor is the key that may be in it.
Ingest::Processing::Step Ingest::Processing::reject_unread(const Rejection& rejection) {
    if (source != nullptr) {
        taken.events = 1;
        return reject(rejection.status, rejection.reason);
    }
    state_.counters.rejected(rejection.reason);
    say_why(answer_, rejection.status, rejection.reason);
    return Step::answered;
}

Ingest::Processing::Step Ingest::Processing::reject(Reason reason) {
    return reject(reason == Reason::too_many_events ? 413 : 400, reason);
}

Ingest::Processing::Step Ingest::Processing::reject(unsigned status, Reason reason) {
    if (source == nullptr && !authenticate()) return Step::answered;
    if (taken.events == 0) taken.events = std::max<std::size_t>(intake_->events(), 1);
    rules_.counter(*source).rejected(taken, reason);
    OutcomeReporter(state_.feed, now_).rejected(source, request_.body, reason);
    say_why(answer_, status, reason);
    return Step::answered;
}

// What is new of the request's events. Those that another request is just bringing to disk are waited for.
journal::WriteBatch Ingest::State::claim(ProcessedRequest& taken, const Source& source, Commit& commit,
                                         OutcomeReporter& witness) {
    Dedupe& dedupe = commit.dedupe;
    journal::WriteBatch append;
    append.source = source.name;
    append.records.reserve(taken.items.size());
    if (dedupe.enabled()) {
        append.message_ids.reserve(taken.items.size());
        commit.messages.reserve(taken.items.size());
    }
    for (Item& item : taken.items) {
        if (dedupe.enabled()) {
            if (!dedupe.claim(commit.source, item.message, commit.now, commit.latch)) {
                ++commit.kept.duplicates;
                witness.repeated(source, item);
                continue;
            }
            commit.messages.push_back(item.message);
            append.message_ids.emplace_back(item.message, commit.now);
        }
        if (item.letter) {
            witness.remember(item);
            commit.kept.letters.push_back(item.letter->reason);
            append.dead_letters.emplace_back(source.stream, std::move(*item.letter));
        } else {
            append.records.push_back({source.stream, std::move(item.record)});
        }
    }
    commit.kept.records = append.records.size();
    return append;
}

Awaitable<void> Ingest::handle(http::Request& request, http::Response& answer) {
    State& s = *state_;
    const auto rules = s.rules();
    allow_origin(request, rules->options.cors_origins, answer);
    const auto begin = SteadyClock::now();
    const auto answered = [&] { s.counters.answered(SteadyClock::now() - begin); };
    if (!s.journal.has_room()) {
        s.counters.rejected(Reason::journal_full);
        say_why(answer, 503, Reason::journal_full);
        co_return answered();
    }
    const Route route = *find_route(request.path);  // `refuse` let it pass
    const WallTime now = s.clock();
    const WallTime age_now = s.ages();
    const auto executor = co_await boost::asio::this_coro::executor;
    Processing processing(s, *rules, request, route, now, age_start(age_now, now), answer);
    auto step = processing.go_on();
    while (step == Processing::Step::more) {
        co_await boost::asio::post(executor, awaiting);  // behind what else is ready
        step = processing.go_on();
    }
    if (step == Processing::Step::answered) co_return answered();
    ProcessedRequest& taken = processing.taken;
    const Source& source = *processing.source;

    Commit commit(s.dedupe, rules->of(source).message_ids, executor, age_now);
    OutcomeReporter witness(s.feed, now);
    journal::WriteBatch append = s.claim(taken, source, commit, witness);
    if (commit.kept.records + commit.kept.letters.size() > 0) {
        commit.latch.expect();
        s.journal.append(std::move(append), [&commit](boost::system::error_code error) { commit.done(error); });
    }
    co_await commit.latch.wait();
    if (commit.latch.failed()) {
        rules->counter(source).rejected(taken, Reason::journal_full);
        say_why(answer, 503, Reason::journal_full);
        co_return answered();
    }
    rules->counter(source).kept(taken, commit.kept);
    witness.dropped(source, taken.dropped);
    witness.committed();
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = "OK";
    answered();
}

}  // namespace pintle::ingest
