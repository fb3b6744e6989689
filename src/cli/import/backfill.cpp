#include "import/backfill.hpp"

#include <random>
#include <stdexcept>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "import/sha256.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view progress_ending = ".pintle-progress";

http::client::HttpClientOptions sender_options(const Options& options) {
    http::client::HttpClientOptions sender;
    sender.endpoint = options.ingest;
    sender.site_id = options.write_key;  // the user name of HTTP Basic, without a password
    sender.ca_file = options.ca_file;
    sender.user_agent = "pintle/" PINTLE_VERSION;
    sender.connections = 1;
    return sender;
}

double chance() {
    static std::mt19937_64 random{std::random_device{}()};
    return std::uniform_real_distribution<>(0, 1)(random);
}

// What is read from a pipe cannot be told from what was read before, and must not be taken for it.
std::string random_identity() {
    std::random_device random;
    return std::to_string(random()) + std::to_string(random()) + std::to_string(random()) + std::to_string(random());
}

}  // namespace

Backfill::Backfill(boost::asio::io_context& io, Options options, Report report)
    : options_(std::move(options)),
      report_(std::move(report)),
      source_(options_.file),
      store_(source_.size() ? options_.file + std::string(progress_ending) : "", options_.rejects),
      sender_(io, sender_options(options_)),
      timer_(io),
      pace_(options_.rate),
      backoff_(500ms, 15s) {
    take_up();
    estimator_.emplace(source_.size(), progress_.offset, progress_.accepted, Clock::now());
}

void Backfill::take_up() {
    if (!source_.size()) {
        preparing_.emplace(random_identity());
        return;
    }
    const auto text = store_.read();
    const auto before = text ? Progress::read(*text) : std::nullopt;
    const auto start = source_.start(Fingerprint::longest);
    const bool same = before && before->is_of(std::string_view(start).substr(0, before->file.bytes), *source_.size());
    const bool sent_some = text && (!before || before->offset > 0);
    if (sent_some && !same && !options_.restart) {
        throw std::runtime_error(options_.file + std::string(progress_ending) + " is about another " + options_.file +
                                 "; --restart sends this one from its beginning");
    }
    progress_.file = same ? before->file : Fingerprint::of(start);
    if (same && before->rejects == options_.rejects) {
        store_.cut_rejects(options_.restart ? before->rejects_from : before->rejects_to);
    }
    if (same && !options_.restart) {
        progress_ = *before;
        source_.go_to(progress_.offset, progress_.line);
        if (sent_some) display_.note("going on after line " + cli::terminal::grouped(progress_.line));
    }
    if (progress_.rejects != options_.rejects) {
        progress_.rejects = options_.rejects;
        progress_.rejects_from = progress_.rejects_to = store_.rejects_size();
    }
    preparing_.emplace(progress_.file.sha256);
    store_.write({}, progress_);  // before any line is rejected, which is then known from those of before
}

void Backfill::put(Line line, Batch& batch) {
    if (line.text.find_first_not_of(" \t") == std::string::npos) return batch.skip(line);
    std::string event;
    if (auto prepared = preparing_->prepare(line, event); !prepared) {
        batch.reject(std::move(line), std::string(sentence(prepared.error())));
    } else if (batch.takes(event)) {
        batch.add(std::move(line), std::move(event));
    } else {
        held_over_.emplace(std::move(line), std::move(event));
    }
}

Batch Backfill::next_batch() {
    Limits limits;
    limits.events = pace_.most_at_once(limits.events);
    Batch batch(limits);
    if (held_over_) {
        batch.add(std::move(held_over_->first), std::move(held_over_->second));
        held_over_.reset();
    }
    Line line;
    while (!batch.full() && !held_over_ && (batch.empty() || !source_.waits()) && source_.next(line)) {
        put(std::move(line), batch);
    }
    return batch;
}

Awaitable<void> Backfill::sleep_until(Clock::time_point time) {
    if (!stopped_.empty() || time <= Clock::now()) co_return;
    timer_.expires_at(time);
    boost::system::error_code stopped;
    co_await timer_.async_wait(boost::asio::redirect_error(awaiting, stopped));
}

// Until there is an answer that is not only `again`, or the patience is over.
Awaitable<Judgement> Backfill::ask(std::string body) {
    HttpRequest request{"POST", "/v1/batch", std::move(body)};
    std::optional<Clock::time_point> failing_since;
    for (std::uint32_t failures = 1;; ++failures) {
        const auto answer = co_await sender_.send(request);
        Judgement judgement = judge(answer, wall_now());
        if (judgement.next != Next::again || !stopped_.empty()) co_return judgement;
        const auto now = Clock::now();
        if (!failing_since) failing_since = now;
        if (now - *failing_since >= options_.timeout) co_return judgement;
        const auto wait = std::max<Clock::duration>(backoff_.wait(failures, chance(), judgement.retry_after), 100ms);
        display_.note(judgement.reason + "; trying again in " +
                      cli::terminal::short_duration(std::chrono::duration<double>(wait).count()));
        co_await sleep_until(now + wait);
        if (!stopped_.empty()) co_return judgement;
    }
}

Awaitable<void> Backfill::send(Batch& batch) {
    Bisection portions(batch.events());
    while (!portions.done()) {
        const auto range = portions.next();
        const auto judgement = co_await ask(batch.body(range.first, range.count));
        if (judgement.next == Next::go_on) {
            portions.taken();
        } else if (judgement.next == Next::bisect) {
            if (portions.refused()) batch.reject_event(range.first, judgement.reason);
        } else {
            if (stopped_.empty()) stopped_ = judgement.reason;
            co_return;
        }
    }
}

void Backfill::ack(Batch& batch) {
    const auto& rejected = batch.rejected();
    progress_.offset = batch.end();
    progress_.line = batch.last_line();
    progress_.accepted += batch.accepted();
    progress_.rejected += rejected.size();
    store_.write(rejected, progress_);
    for (const auto& line : rejected) report_(line);
    const auto now = Clock::now();
    estimator_->at(progress_.offset, progress_.accepted, now);
    display_.show(*estimator_, now);
}

Awaitable<void> Backfill::run() {
    co_await send_all();
    if (stopped_.empty() || progress_.line == 0) store_.finish();
    display_.clear();
}

Awaitable<void> Backfill::send_all() {
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
        co_await sleep_until(pace_.next(Clock::now()));
        if (!stopped_.empty()) co_return;
        pace_.sent(batch.events());
        co_await send(batch);
        if (!stopped_.empty()) co_return;
        ack(batch);
    }
}

void Backfill::stop() {
    stopped_ = "interrupted";
    timer_.cancel();
    sender_.close();
}

}  // namespace pintle::cli::importer
