#include "pintle/ingress/ingress.hpp"

#include <mutex>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ingress/answers.hpp"
#include "ingress/auth.hpp"
#include "ingress/dedupe.hpp"
#include "ingress/intake.hpp"
#include "ingress/latch.hpp"
#include "ingress/routes.hpp"

namespace pintle::ingress {
namespace {

constexpr boost::asio::use_awaitable_t<http::Executor> awaiting{};
constexpr std::string_view overloaded = "the journal takes nothing now, try again";

void overload(http::Answer& answer) {
    say(answer, 503, overloaded);
    answer.headers += "Retry-After: 1\r\n";
}

void count(std::atomic<std::uint64_t>& counter, std::size_t by) {
    counter.fetch_add(by, std::memory_order_relaxed);
}

// A request's events between the journal's queue and its answer. `messages` are this request's own claims.
struct Commit {
    Dedupe& dedupe;
    Latch latch;
    WallTime now;
    std::vector<MessageHash> messages;

    void done(boost::system::error_code error) {
        if (error) {
            dedupe.failed(messages, error);
        } else {
            dedupe.committed(messages, now);
        }
        latch.arrived(error);
    }
};

}  // namespace

// What requests are judged by, and the intakes that do so. Never changed, but replaced as a whole; a request holds the
// one that it began with.
struct Ingress::Rules {
    explicit Rules(Options o) : options(std::move(o)) {}

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

    const Options options;
    std::mutex intakes_mutex;
    std::vector<std::unique_ptr<Intake>> intakes;
};

struct Ingress::State {
    State(Options o, journal::Journal& j, Clock c)
        : dedupe_window(o.dedupe_window),
          journal(j),
          clock(std::move(c)),
          dedupe(dedupe_window),
          current(std::make_shared<Rules>(std::move(o))) {}

    std::shared_ptr<Rules> rules() const {
        const std::lock_guard lock(current_mutex);
        return current;
    }

    bool take(Rules& rules, http::Request& request, const Route& route, WallTime now, Taken& taken,
              const Source*& source, http::Answer& answer);
    journal::Append claim(Taken& taken, const Source& source, Commit& commit);

    const std::chrono::milliseconds dedupe_window;
    journal::Journal& journal;
    const Clock clock;
    Dedupe dedupe;
    Counters counters;
    mutable std::mutex current_mutex;
    std::shared_ptr<Rules> current;
};

Ingress::Ingress(Options options, journal::Journal& journal, Clock clock)
    : state_(std::make_unique<State>(std::move(options), journal, std::move(clock))) {}

Ingress::~Ingress() = default;

void Ingress::recall() {
    State& s = *state_;
    if (!s.dedupe.enabled()) return;
    s.journal.seen_since(s.clock() - s.dedupe_window,
                         [&s](const MessageHash& message, WallTime time) { s.dedupe.remember(message, time); });
}

void Ingress::replace(Options options) {
    auto rules = std::make_shared<Rules>(std::move(options));
    const std::lock_guard lock(state_->current_mutex);
    state_->current.swap(rules);
}

const Counters& Ingress::counters() const noexcept {
    return state_->counters;
}

void Ingress::fault(unsigned status, std::string_view reason, http::Answer& answer) {
    say(answer, status, status == 413 ? std::string_view("request size exceeds max limit") : reason);
}

std::optional<http::Answer> Ingress::refuse(const http::Request& head) {
    http::Answer answer;
    const auto rules = state_->rules();
    const Options& options = rules->options;
    const auto route = find_route(head.path);
    if (!route) {
        say(answer, 404, "no such route");
    } else if (!route->takes(head.method)) {
        say(answer, 405, "method not allowed");
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
            return std::nullopt;
        } else {
            say(answer, 401, keys.empty() ? missing_key : invalid_key);
        }
    }
    allow_origin(head, options.cors_origins, answer);
    return answer;
}

// The part of a request that needs no waiting. False: `answer` says why it ends here.
bool Ingress::State::take(Rules& rules, http::Request& request, const Route& route, WallTime now, Taken& taken,
                          const Source*& source, http::Answer& answer) {
    Rules::Borrowed borrowed(rules);
    Intake& intake = *borrowed;
    source = rules.by_head(request);
    const auto opened = intake.open(request.body, route);
    if (source == nullptr) {
        const std::string key = opened ? intake.body_key() : std::string{};
        source = authenticate(rules.options.sources, {key});
        if (source == nullptr) {
            say(answer, 401, key.empty() ? missing_key : invalid_key);
            return false;
        }
    }
    if (!opened) {
        say(answer, 400, opened.error().reason);
        return false;
    }
    const auto outcome = intake.take(*source, route, now, taken);
    count(counters.received, taken.events);
    if (outcome) return true;
    count(counters.refused, taken.events);
    say(answer, outcome.error().status, outcome.error().reason);
    return false;
}

// What is new of the request's events. Those that another request is just bringing to disk are waited for.
journal::Append Ingress::State::claim(Taken& taken, const Source& source, Commit& commit) {
    journal::Append append;
    std::size_t duplicates = 0;
    for (Item& item : taken.items) {
        if (dedupe.enabled()) {
            if (!dedupe.claim(item.message, commit.now, commit.latch)) {
                ++duplicates;
                continue;
            }
            commit.messages.push_back(item.message);
            append.seen.emplace_back(item.message, commit.now);
        }
        if (item.letter) {
            append.dead_letters.emplace_back(source.log, std::move(*item.letter));
        } else {
            append.records.push_back({source.log, std::move(item.record)});
        }
    }
    count(counters.duplicate, duplicates);
    return append;
}

http::Awaitable<void> Ingress::handle(http::Request& request, http::Answer& answer) {
    const auto rules = state_->rules();
    allow_origin(request, rules->options.cors_origins, answer);
    if (!state_->journal.has_room()) {
        overload(answer);
        co_return;
    }
    const Route route = *find_route(request.path);  // `refuse` let it pass
    const WallTime now = state_->clock();
    const Source* source = nullptr;
    Taken taken;
    if (!state_->take(*rules, request, route, now, taken, source, answer)) co_return;

    Commit commit{state_->dedupe, Latch(co_await boost::asio::this_coro::executor), now, {}};
    journal::Append append = state_->claim(taken, *source, commit);
    const std::size_t records = append.records.size();
    const std::size_t letters = append.dead_letters.size();
    if (records + letters > 0) {
        commit.latch.expect();
        state_->journal.append(std::move(append), [&commit](boost::system::error_code error) { commit.done(error); });
    }
    boost::system::error_code error;
    co_await commit.latch.wait(boost::asio::redirect_error(awaiting, error));
    if (error) {
        overload(answer);
        co_return;
    }
    auto& counters = state_->counters;
    count(counters.accepted, records);
    count(counters.dead_lettered, letters);
    count(counters.integration_disabled, taken.integration_disabled);
    count(counters.consent_denied, taken.consent_denied);
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = "OK";
}

}  // namespace pintle::ingress
