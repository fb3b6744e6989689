#include "app/runner.hpp"

#include <random>
#include <utility>

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "pintle/record/wall_clock.hpp"

namespace pintle::app {
namespace {

using delivery::Answer;
using delivery::Awaitable;
using delivery::Fate;
using delivery::Verdict;
using schedule::Step;

constexpr boost::asio::use_awaitable_t<delivery::Executor> awaiting{};
constexpr std::size_t read_records = 512;
constexpr std::size_t read_bytes = 1 << 20;
constexpr std::chrono::seconds read_pause{1};  // after the disk failed
constexpr std::chrono::milliseconds park_interval{200};
constexpr int max_redirects = 5;
constexpr std::size_t kept_answer = 1024;

double seconds(std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}
schedule::TimePoint steady_now() {
    return std::chrono::steady_clock::now();
}

// Whatever the answer is, down to no JSON at all.
std::string region_in(const std::string& body) {
    const auto document = nlohmann::json::parse(body, nullptr, false);
    const auto found = document.find("region");
    return found != document.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

delivery::SenderOptions sender_options(const Destination& destination) {
    delivery::SenderOptions options;
    options.endpoint = destination.endpoint();
    options.site_id = destination.site_id;
    options.api_key = destination.api_key;
    options.ca_file = destination.ca_file;
    options.user_agent = "pintle/" PINTLE_VERSION;
    options.connections = destination.connections;
    options.connect_timeout = destination.connect_timeout;
    options.request_timeout = destination.request_timeout;
    options.idle_timeout = destination.idle_timeout;
    return options;
}

schedule::Policy policy(const Destination& destination) {
    schedule::Policy policy;
    policy.rate = destination.rate;
    policy.connections = destination.connections;
    policy.initial_backoff = destination.initial_backoff;
    policy.max_backoff = destination.max_backoff;
    policy.max_age = destination.max_age;
    policy.probe_interval = destination.probe_interval;
    return policy;
}

// What the journal keeps for the destination besides its events.
std::string holds_fact(const Destination& destination) {
    return "holds/" + destination.name;
}

}  // namespace

Runner::Runner(boost::asio::io_context& io, boost::asio::thread_pool& readers, journal::Journal& journal,
               const Destination& destination)
    : io_(io),
      readers_(readers),
      journal_(journal),
      destination_(destination),
      log_(journal.open_log(destination.name)),
      sender_(io, sender_options(destination)),
      scheduler_(policy(destination), std::random_device{}()),
      holds_(destination.max_age, journal_.get(holds_fact(destination)).value_or("")),
      mapper_(destination.mapping),
      next_(journal.first_unsettled(log_)),
      last_(journal.last(log_)),
      timer_(io),
      held_(holds_.ongoing()) {
    journal_.subscribe(log_, [this](std::span<journal::Stored> records) {
        if (inbox_.put(records)) boost::asio::post(io_, [this] { take_inbox(); });
    });
}

Runner::~Runner() = default;

void Runner::start() {
    ++under_way_;
    boost::asio::co_spawn(io_, run(), [this](const std::exception_ptr& error) {
        --under_way_;
        if (error) std::rethrow_exception(error);
    });
}

void Runner::wind_down() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
    });
}

void Runner::close() {
    boost::asio::post(io_, [this] {
        stopping_ = true;
        timer_.cancel();
        sender_.close();
    });
}

RunnerStatus Runner::status() const {
    RunnerStatus status;
    status.delivered = delivered_;
    status.dead = dead_;
    status.retries = retries_;
    status.under_way = under_way_;
    status.backing_off = failing_;
    const std::lock_guard lock(hold_mutex_);
    status.held = held_;
    return status;
}

Awaitable<void> Runner::run() {
    if (destination_.region == Region::autodetect) co_await ask_region();
    if (const auto& held = holds_.ongoing()) {
        spdlog::warn("destination_still_held destination={} reason=\"{}\" since={}", destination_.name, held->reason,
                     to_iso8601(held->since));
        scheduler_.resume_hold(held->reason, steady_now());
    }
    running_ = true;
    refill();
    pump();
}

// From the journal's memory where it is known already; a region is asked for once in a destination's life.
Awaitable<void> Runner::ask_region() {
    const std::string fact = "region/" + destination_.name + "/" + destination_.site_id;
    std::string region = journal_.get(fact).value_or("");
    const mapping::Request question{"GET", "/api/v1/accounts/region", {}};
    while (region.empty()) {
        const Answer answer = co_await sender_.send(question);
        if (stopping_) co_return;
        if (answer.status == 200) region = region_in(answer.body);
        if (region == "us" || region == "eu") {
            journal_.put(fact, region);
            hold({});
            break;
        }
        region.clear();
        hold("the account's region is unknown: " + delivery::classify(answer, wall_now()).reason);
        boost::system::error_code cancelled;
        timer_.expires_after(destination_.probe_interval);
        co_await timer_.async_wait(boost::asio::redirect_error(awaiting, cancelled));
        if (stopping_) co_return;
    }
    spdlog::info("region_known destination={} region={}", destination_.name, region);
    if (!destination_.base_url && region == "eu") {
        auto endpoint = sender_.endpoint();
        endpoint.host = "track-eu.customer.io";
        sender_.redirect(endpoint);
    }
}

void Runner::take_inbox() {
    inbox_.take(taken_, last_);
    for (auto& record : taken_) {
        if (window_.full() || scheduler_.full()) break;
        if (record.position == next_ && running_) admit(std::move(record));
    }
    refill();
    pump();
}

void Runner::refill() {
    if (!running_ || reading_ || stopping_ || next_ > last_) return;
    if (window_.full()) park();
    if (window_.full() || scheduler_.full()) return;
    reading_ = true;
    ++under_way_;
    boost::asio::post(readers_, [this, after = next_ - 1, up_to = last_] {
        std::vector<journal::Stored> records;
        std::string fault;
        try {
            records = journal_.read(log_, after, read_records, read_bytes);
        } catch (const std::exception& error) {
            fault = error.what();
        }
        boost::asio::post(io_, [this, records = std::move(records), fault = std::move(fault), up_to]() mutable {
            --under_way_;
            reading_ = false;
            if (!fault.empty()) {
                spdlog::error("journal_read_failed destination={} reason=\"{}\"", destination_.name, fault);
                wake_at(steady_now() + read_pause);
                return;
            }
            refilled(std::move(records), up_to);
        });
    });
}

// Looks at the whole window, so not at every occasion.
void Runner::park() {
    const auto now = steady_now();
    if (now < next_park_) return;
    next_park_ = now + park_interval;
    window_.park([this](journal::Position position, const std::string& bytes) {
        const auto record = record::decode(bytes);
        return record && scheduler_.backing_off({position, record->keys});
    });
}

void Runner::refilled(std::vector<journal::Stored> records, journal::Position up_to) {
    if (records.empty()) next_ = std::max(next_, up_to + 1);  // all of them were settled
    for (auto& record : records) admit(std::move(record));
    refill();
    pump();
}

void Runner::admit(journal::Stored stored) {
    next_ = stored.position + 1;
    const auto record = record::decode(stored.bytes);
    if (!record) {
        bury_unreadable(stored.position, std::move(stored.bytes));
        return;
    }
    const schedule::Entry entry{stored.position, record->keys};
    scheduler_.admit(entry);
    if (!scheduler_.backing_off(entry)) window_.put(stored.position, std::move(stored.bytes));
}

void Runner::pump() {
    while (running_ && !stopping_) {
        const Step step = scheduler_.next(steady_now());
        if (step.what == Step::What::wait) wake_at(step.until);
        if (step.what != Step::What::send) break;
        ++under_way_;
        boost::asio::co_spawn(io_, deliver(step.position), [this](const std::exception_ptr& error) {
            --under_way_;
            if (error) std::rethrow_exception(error);
            refill();
            pump();
        });
    }
    report_changes();
}

void Runner::wake_at(TimePoint when) {
    timer_.expires_at(when);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        refill();
        pump();
    });
}

Awaitable<std::string> Runner::load(journal::Position position) {
    std::string bytes = window_.take(position);
    if (!bytes.empty()) co_return bytes;
    co_return co_await boost::asio::async_initiate<decltype(awaiting), void(std::string)>(
        [this, position](auto handler) {
            boost::asio::post(readers_, [this, position, handler = std::move(handler)]() mutable {
                std::string found;
                try {
                    auto records = journal_.read(log_, position - 1, 1, 1);
                    if (!records.empty() && records.front().position == position)
                        found = std::move(records.front().bytes);
                } catch (const std::exception& error) {
                    spdlog::error("journal_read_failed destination={} reason=\"{}\"", destination_.name, error.what());
                }
                boost::asio::post(io_, [handler = std::move(handler), found = std::move(found)]() mutable {
                    std::move(handler)(std::move(found));
                });
            });
        },
        awaiting);
}

Awaitable<void> Runner::deliver(journal::Position position) {
    std::string bytes = co_await load(position);
    const auto record = record::decode(bytes);
    if (!record) {  // the disk fails; `load` has said so
        Timer pause(io_, read_pause);
        co_await pause.async_wait(awaiting);
        scheduler_.put_back(position, steady_now());
        co_return;
    }
    mapping::Mapped mapped;
    const auto parsed = event_.parse(record->event);
    const auto refused = parsed ? mapper_.map(event_, mapped) : parsed;
    if (!refused) {  // the options have changed since it was taken in
        bury(position, *record, {}, {}, std::string(refused.error().reason), scheduler_.attempts(position));
        scheduler_.discard(position);
        co_return;
    }

    const delivery::Endpoint asked = sender_.endpoint();
    const Answer answer = co_await sender_.send(mapped.request);
    if (answer.status == 0 && stopping_) {
        scheduler_.put_back(position, steady_now());
        co_return;
    }
    bool resend = false;
    const Verdict verdict = follow(asked, answer, delivery::classify(answer, wall_now()), resend);
    if (resend) {
        window_.put(position, std::move(bytes));
        scheduler_.resend(position, steady_now());
        co_return;
    }
    const std::uint32_t attempts = scheduler_.attempts(position) + (verdict.fate == Fate::held ? 0 : 1);
    switch (scheduler_.answered(position, verdict, age(*record), steady_now())) {
        case schedule::Outcome::settled: settle(position); break;
        case schedule::Outcome::dead: bury(position, *record, mapped.request, answer, verdict.reason, attempts); break;
        case schedule::Outcome::waiting:
            ++retries_;
            last_failure_ = verdict.reason;
            spdlog::debug("delivery_failed destination={} position={} attempts={} reason=\"{}\"", destination_.name,
                          position, attempts, verdict.reason);
            window_.put(position, std::move(bytes));
            break;
    }
}

// A redirect to a host that may have our credentials moves the destination there; any other is a fault. `asked` is who
// gave the answer: of requests that were under way together the first moves it for all.
Verdict Runner::follow(const delivery::Endpoint& asked, const Answer& answer, Verdict verdict, bool& resend) {
    if (verdict.fate != Fate::redirected) {
        redirects_ = 0;
        return verdict;
    }
    const auto target = delivery::redirect_target(asked, answer.location);
    resend = target && (*target == sender_.endpoint() || ++redirects_ <= max_redirects);
    if (resend && *target != sender_.endpoint()) {
        spdlog::warn("destination_redirected destination={} to={}", destination_.name, target->authority());
        sender_.redirect(*target);
    }
    return verdict;
}

void Runner::settle(journal::Position position) {
    journal_.settle(log_, position);
    ++delivered_;
}

void Runner::bury(journal::Position position, const record::Record& record, const mapping::Request& request,
                  const Answer& answer, std::string reason, std::uint32_t attempts) {
    spdlog::warn("dead_letter destination={} position={} attempts={} reason=\"{}\"", destination_.name, position,
                 attempts, reason);
    journal::DeadLetter letter;
    letter.source = record.source;
    letter.destination = record.destination;
    letter.event = record.event;
    letter.method = request.method;
    letter.path = request.path;
    letter.body = request.body;
    letter.reason = std::move(reason);
    letter.status = answer.status;
    letter.answer = answer.body.substr(0, kept_answer);
    letter.attempts = attempts;
    letter.received = record.received;
    letter.died = wall_now();
    journal_.dead_letter(log_, position, std::move(letter));
    ++dead_;
}

void Runner::bury_unreadable(journal::Position position, std::string bytes) {
    spdlog::error("record_unreadable destination={} position={}", destination_.name, position);
    journal::DeadLetter letter;
    letter.destination = destination_.name;
    letter.event = std::move(bytes);
    letter.reason = "the record is of a version that this pintle cannot read";
    letter.died = wall_now();
    journal_.dead_letter(log_, position, std::move(letter));
    ++dead_;
}

schedule::Duration Runner::age(const record::Record& record) const {
    return holds_.age(record.queued(), wall_now());
}

// Nothing is sent for this reason; empty: it is sent again.
void Runner::hold(const std::string& reason) {
    const bool news = reason.empty() ? holds_.end(wall_now()) : holds_.begin(reason, wall_now());
    if (!news && reason.empty()) return;
    {
        const std::lock_guard lock(hold_mutex_);
        held_ = holds_.ongoing();
    }
    if (!news) return;
    journal_.put(holds_fact(destination_), holds_.encode());
    if (const auto& held = holds_.ongoing()) {
        spdlog::error("destination_held destination={} reason=\"{}\" since={} probe_interval={}s", destination_.name,
                      held->reason, to_iso8601(held->since), seconds(destination_.probe_interval));
    } else {
        spdlog::info("destination_released destination={}", destination_.name);
    }
}

// Says what an operator must know, once, when it changes.
void Runner::report_changes() {
    if (running_) hold(scheduler_.hold().value_or(""));
    if (scheduler_.breaker_open() != failing_) {
        failing_ = scheduler_.breaker_open();
        if (failing_) {
            spdlog::warn("destination_failing destination={} reason=\"{}\"", destination_.name, last_failure_);
        } else {
            spdlog::info("destination_recovered destination={}", destination_.name);
        }
    }
    if (scheduler_.shared_ids() != shared_ids_) {
        shared_ids_ = scheduler_.shared_ids();
        spdlog::warn("anonymous_id_shared destination={} ids={}", destination_.name, shared_ids_);
    }
}

}  // namespace pintle::app
