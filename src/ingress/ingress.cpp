#include "pintle/ingress/ingress.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "ingress/answers.hpp"
#include "ingress/auth.hpp"
#include "ingress/counters.hpp"
#include "ingress/dedupe.hpp"
#include "ingress/event_rate.hpp"
#include "ingress/intake.hpp"
#include "ingress/latch.hpp"
#include "ingress/refusals.hpp"
#include "ingress/routes.hpp"
#include "ingress/witness.hpp"
#include "pintle/record/age_clock.hpp"

namespace pintle::ingress {
namespace {

using SteadyClock = std::chrono::steady_clock;

void overload(http::Answer& answer, std::string_view reason = overloaded) {
    say(answer, 503, reason);
    answer.headers += "Retry-After: 1\r\n";
}

// Whatever was too large, its sender is told in the gateway's words.
void say_why(http::Answer& answer, unsigned status, std::string_view reason) {
    say(answer, status, status == 413 ? too_large : reason);
    if (status == 429) answer.headers += "Retry-After: 10\r\n";
}

using Rates = std::map<std::string, EventRate>;  // by source

// A request's events between the journal's queue and its answer. `messages` are this request's own claims.
struct Commit {
    Commit(Dedupe& d, Dedupe::Source s, const http::Executor& executor, WallTime time)
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
    Latch latch;
    WallTime now;  // by the AgeClock
    MessageHashes messages;
    Kept kept;
};

}  // namespace

// What requests are judged by, and the intakes that do so. Never changed, but replaced as a whole; a request holds the
// one that it began with.
struct Ingress::Rules {
    // What goes on of a source where a later configuration has it again.
    struct Lasting {
        SourceCounter* counter = nullptr;
        EventRate* rate = nullptr;
        Dedupe::Source seen = 0;
    };

    Rules(Options o, Counters& counters, Rates& rates, Dedupe& dedupe) : options(std::move(o)) {
        for (const Source& source : options.sources)
            lasting.push_back({&counters.of(source), &rates[source.name], dedupe.source(source.name)});
    }

    // An intake is taken for the synchronous part of a request and given back.
    class Borrowed {
    public:
        explicit Borrowed(Rules& rules) : rules_(rules) {
            const std::lock_guard lock(rules_.intakes_mutex);
            if (!rules_.intakes.empty()) {
                intake_ = std::move(rules_.intakes.back());
                rules_.intakes.pop_back();
            }
        }
        ~Borrowed() {
            const std::lock_guard lock(rules_.intakes_mutex);
            if (intake_) rules_.intakes.push_back(std::move(intake_));
        }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        Intake& operator*() {
            if (!intake_) intake_ = std::make_unique<Intake>(rules_.options);
            return *intake_;
        }

    private:
        Rules& rules_;
        std::unique_ptr<Intake> intake_;
    };

    const Source* by_head(const http::Request& head) const { return authenticate(options.sources, offered_keys(head)); }

    const Lasting& of(const Source& source) const {
        return lasting[static_cast<std::size_t>(&source - options.sources.data())];
    }
    SourceCounter& counter(const Source& source) const { return *of(source).counter; }

    const Options options;
    std::vector<Lasting> lasting;  // of each source
    std::mutex intakes_mutex;
    std::vector<std::unique_ptr<Intake>> intakes;
};

struct Ingress::State {
    State(Options o, journal::Journal& j, Clock c, live::Feed* f, const Clock& a)
        : dedupe_window(o.dedupe_window),
          journal(j),
          clock(std::move(c)),
          ages(a ? a : clock),
          feed(f),
          dedupe(dedupe_window, o.max_seen),
          current(std::make_shared<Rules>(std::move(o), counters, rates, dedupe)) {}

    std::shared_ptr<Rules> rules() const {
        const std::lock_guard lock(current_mutex);
        return current;
    }

    bool has_room(Rules& rules, const Source& source, Taken& taken, http::Answer& answer);
    static bool exceeds_rate(Rules& rules, const Source& source, Taken& taken, http::Answer& answer);
    bool take(Rules& rules, http::Request& request, const Route& route, WallTime now, WallTime age_start, Taken& taken,
              const Source*& source, http::Answer& answer);
    static journal::Append claim(Taken& taken, const Source& source, Commit& commit, Witness& witness);

    const std::chrono::milliseconds dedupe_window;
    journal::Journal& journal;
    const Clock clock;
    const Clock ages;
    live::Feed* const feed;
    Dedupe dedupe;
    Counters counters;
    Rates rates;  // changes with `current` alone, under its mutex
    mutable std::mutex current_mutex;
    std::shared_ptr<Rules> current;
};

Ingress::Ingress(Options options, journal::Journal& journal, Clock clock, live::Feed* feed, const Clock& ages)
    : state_(std::make_unique<State>(std::move(options), journal, std::move(clock), feed, ages)) {}

Ingress::~Ingress() = default;

void Ingress::recall() {
    State& s = *state_;
    if (!s.dedupe.enabled()) return;
    s.journal.seen_since(s.ages() - s.dedupe_window,
                         [&s](std::string_view source, const MessageHash& message, WallTime time) {
                             s.dedupe.remember(s.dedupe.source(source), message, time);
                         });
}

Counts Ingress::counts() const {
    return state_->counters.counts();
}

void Ingress::replace(Options options) {
    State& s = *state_;
    const std::lock_guard lock(s.current_mutex);
    s.current = std::make_shared<Rules>(std::move(options), s.counters, s.rates, s.dedupe);
}

void Ingress::fault(unsigned status, std::string_view reason, http::Answer& answer) {
    state_->counters.refused(fault_reason(status));
    say(answer, status, reason);
}

std::optional<http::Answer> Ingress::refuse(const http::Request& head, http::Terms& terms) {
    http::Answer answer;
    const auto rules = state_->rules();
    const Options& options = rules->options;
    const auto route = find_route(head.path);
    if (!route) {
        state_->counters.refused(no_route);
        say(answer, 404, no_route);
    } else if (!route->takes(head.method)) {
        state_->counters.refused(wrong_method);
        say(answer, 405, wrong_method);
        answer.headers.append("Allow: ").append(route->allow).append("\r\n");
    } else if (head.method == boost::beast::http::verb::options) {
        preflight(head, *route, options.cors_origins, answer);
    } else if (route->form == Form::health) {
        answer.body = R"({"status":"ok"})";
    } else {
        const auto keys = offered_keys(head);
        const Source* source = authenticate(options.sources, keys);
        if (route->form == Form::source_config && source != nullptr) {
            answer.body = source_config(*source, keys.empty() ? std::string_view{} : std::string_view(keys.front()),
                                        head.headers[boost::beast::http::field::host]);
        } else if (source != nullptr || (keys.empty() && route->form != Form::source_config)) {
            terms.anonymous = source == nullptr;
            return std::nullopt;
        } else {
            const auto reason = keys.empty() ? missing_key : invalid_key;
            if (route->form != Form::source_config) {
                state_->counters.refused(reason);
                Witness(state_->feed, state_->clock()).refused(nullptr, {}, reason);
            }
            say(answer, 401, reason);
        }
    }
    allow_origin(head, options.cors_origins, answer);
    return answer;
}

// False: nothing goes to the source's destination now. Before the body is looked at, which then counts as one event.
bool Ingress::State::has_room(Rules& rules, const Source& source, Taken& taken, http::Answer& answer) {
    if (journal.has_room(source.log)) return true;
    taken.events = 1;
    rules.counter(source).refused(taken, destination_full);
    overload(answer, destination_full);
    return false;
}

// True: the answer says so.
bool Ingress::State::exceeds_rate(Rules& rules, const Source& source, Taken& taken, http::Answer& answer) {
    const auto wait = rules.of(source).rate->take(taken.events, source.rate, SteadyClock::now());
    if (!wait) return false;
    rules.counter(source).refused(taken, rate_exceeded);
    say(answer, 429, rate_exceeded);
    answer.headers += "Retry-After: " + std::to_string(wait->count()) + "\r\n";
    return true;
}

// The part of a request that needs no waiting. False: `answer` says why it ends here.
bool Ingress::State::take(Rules& rules, http::Request& request, const Route& route, WallTime now, WallTime age_start,
                          Taken& taken, const Source*& source, http::Answer& answer) {
    Rules::Borrowed borrowed(rules);
    Intake& intake = *borrowed;
    const Witness witness(feed, now);
    taken.watched = witness.looks_for(live::Outcome::dropped);
    source = rules.by_head(request);
    if (source != nullptr && !has_room(rules, *source, taken, answer)) return false;
    const auto opened = intake.open(request.body, route);
    if (source == nullptr) {
        const std::string key = opened ? intake.body_key() : std::string{};
        source = authenticate(rules.options.sources, {&key, 1});
        if (source == nullptr) {
            const auto reason = key.empty() ? missing_key : invalid_key;
            counters.refused(reason);
            witness.refused(nullptr, {}, reason);
            say(answer, 401, reason);
            return false;
        }
        if (!has_room(rules, *source, taken, answer)) return false;
    }
    if (!opened) {
        taken.events = std::max<std::size_t>(intake.events(), 1);
        rules.counter(*source).refused(taken, opened.error().reason);
        witness.refused(source, request.body, opened.error().reason);
        say(answer, 400, opened.error().reason);
        return false;
    }
    taken.events = intake.events();
    if (source->rate > 0 && exceeds_rate(rules, *source, taken, answer)) return false;
    const auto outcome = intake.take(*source, route, now, taken, age_start);
    if (outcome) return true;
    rules.counter(*source).refused(taken, outcome.error().reason);
    witness.refused(source, request.body, outcome.error().reason);
    say_why(answer, outcome.error().status, outcome.error().reason);
    return false;
}

// What is new of the request's events. Those that another request is just bringing to disk are waited for.
journal::Append Ingress::State::claim(Taken& taken, const Source& source, Commit& commit, Witness& witness) {
    Dedupe& dedupe = commit.dedupe;
    journal::Append append;
    append.source = source.name;
    append.records.reserve(taken.items.size());
    if (dedupe.enabled()) {
        append.seen.reserve(taken.items.size());
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
            append.seen.emplace_back(item.message, commit.now);
        }
        if (item.letter) {
            witness.remember(item);
            commit.kept.letters.push_back(item.reason);
            append.dead_letters.emplace_back(source.log, std::move(*item.letter));
        } else {
            append.records.push_back({source.log, std::move(item.record)});
        }
    }
    commit.kept.records = append.records.size();
    return append;
}

http::Awaitable<void> Ingress::handle(http::Request& request, http::Answer& answer) {
    State& s = *state_;
    const auto rules = s.rules();
    allow_origin(request, rules->options.cors_origins, answer);
    const auto begin = SteadyClock::now();
    const auto answered = [&] { s.counters.answered(SteadyClock::now() - begin); };
    if (!s.journal.has_room()) {
        s.counters.refused(overloaded);
        overload(answer);
        co_return answered();
    }
    const Route route = *find_route(request.path);  // `refuse` let it pass
    const WallTime now = s.clock();
    const WallTime age_now = s.ages();
    const Source* source = nullptr;
    Taken taken;
    if (!s.take(*rules, request, route, now, age_start(age_now, now), taken, source, answer)) co_return answered();

    const auto executor = co_await boost::asio::this_coro::executor;
    Commit commit(s.dedupe, rules->of(*source).seen, executor, age_now);
    Witness witness(s.feed, now);
    journal::Append append = s.claim(taken, *source, commit, witness);
    if (commit.kept.records + commit.kept.letters.size() > 0) {
        commit.latch.expect();
        s.journal.append(std::move(append), [&commit](boost::system::error_code error) { commit.done(error); });
    }
    co_await commit.latch.wait();
    if (commit.latch.failed()) {
        rules->counter(*source).refused(taken, overloaded);
        overload(answer);
        co_return answered();
    }
    rules->counter(*source).kept(taken, commit.kept);
    witness.dropped(*source, taken.dropped);
    witness.committed();
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = "OK";
    answered();
}

}  // namespace pintle::ingress
