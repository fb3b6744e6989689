#include "import/backfill.hpp"

#include <random>
#include <stdexcept>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "terminal/figures.hpp"

namespace pintle::cli::importer {
namespace {

using namespace std::chrono_literals;

http::client::HttpClientOptions client_options(const Options& options) {
    http::client::HttpClientOptions sender;
    sender.endpoint = options.ingest;
    sender.site_id = options.write_key;  // the user name of HTTP Basic, without a password
    sender.ca_file = options.ca_file;
    sender.user_agent = "pintle/" PINTLE_VERSION;
    sender.connections = 1;
    return sender;
}

std::uint64_t seconds_now() {
    return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(wall_now().time_since_epoch()).count());
}

double jitter() {
    static std::mt19937_64 random{std::random_device{}()};
    return std::uniform_real_distribution<>(0, 1)(random);
}

bool is_blank(const Line& line) {
    return line.text.find_first_not_of(" \t") == std::string::npos;
}

// Judges the time of the event that was prepared last, and reports it if its user may not expect it.
TimeKind judge_time(const EventPreparer& preparer, std::uint64_t line, LineReporter& reporter) {
    const auto kind = kind_of_time(preparer.event(), wall_now());
    auto message = explain_time(preparer.event(), kind);
    if (!message.empty()) reporter.report(TimeLine{line, kind, std::move(message)});
    return kind;
}

// Lines of a pipe cannot be recognized later, so each import gives their events new message ids.
std::string random_identity() {
    std::random_device random;
    return std::to_string(random()) + std::to_string(random()) + std::to_string(random()) + std::to_string(random());
}

}  // namespace

Backfill::Backfill(boost::asio::io_context& io, Options options, LineReporter& reporter)
    : options_(std::move(options)),
      reporter_(reporter),
      input_(options_.file),
      store_(input_.size() ? options_.progress : "", options_.rejects),
      client_(io, client_options(options_)),
      timer_(io),
      send_rate_(options_.rate),
      backoff_(500ms, 15s) {
    resume();
    estimator_.emplace(input_.size(), progress_.offset, progress_.events.total(), Clock::now());
}

void Backfill::resume() {
    if (!input_.size()) {
        preparer_.emplace(random_identity());
        return;
    }
    const auto text = store_.read();
    const auto before = text ? Progress::read(*text) : std::nullopt;
    const auto start = input_.start(Fingerprint::longest);
    const bool same = before && before->is_of(std::string_view(start).substr(0, before->file.bytes), *input_.size());
    const bool sent_some = text && (!before || before->offset > 0);
    if (sent_some && !same && !options_.restart) {
        throw std::runtime_error(options_.progress + " belongs to another " + options_.file +
                                 "; --restart imports this one from the beginning");
    }
    progress_.file = same ? before->file : Fingerprint::of(start);
    if (same && before->rejects == options_.rejects) {
        store_.cut_rejects(options_.restart ? before->rejects_from : before->rejects_to);
    }
    if (same && !options_.restart) {
        progress_ = *before;
        input_.go_to(progress_.offset, progress_.line);
        if (sent_some) display_.note("continuing after line " + cli::terminal::grouped(progress_.line));
    }
    if (progress_.rejects != options_.rejects) {
        progress_.rejects = options_.rejects;
        progress_.rejects_from = progress_.rejects_to = store_.rejects_size();
    }
    if (progress_.offset == 0) progress_.started = seconds_now();
    preparer_.emplace(progress_.file.sha256);
    store_.write({}, progress_);  // before any line is rejected: it keeps the previous size of the rejects
}

void Backfill::add_line(Line line, ImportBatch& batch) {
    if (is_blank(line)) return batch.skip(line);
    std::string event;
    if (auto prepared = preparer_->prepare(line, event); !prepared) {
        return batch.reject(std::move(line), std::string(sentence(prepared.error())));
    }
    const auto time = judge_time(*preparer_, line.number, reporter_);
    if (batch.takes(event)) {
        batch.add(std::move(line), std::move(event), time);
    } else {
        carried_over_ = PreparedEvent{std::move(line), std::move(event), time};
    }
}

ImportBatch Backfill::next_batch() {
    Limits limits;
    limits.events = send_rate_.max_at_once(limits.events);
    ImportBatch batch(limits);
    if (carried_over_) {
        batch.add(std::move(carried_over_->line), std::move(carried_over_->event), carried_over_->time);
        carried_over_.reset();
    }
    Line line;
    while (!batch.full() && !carried_over_ && (batch.empty() || !input_.would_block()) && input_.next(line)) {
        add_line(std::move(line), batch);
    }
    return batch;
}

Awaitable<void> Backfill::sleep_until(Clock::time_point time) {
    if (!stopped_.empty() || time <= Clock::now()) co_return;
    timer_.expires_at(time);
    boost::system::error_code stopped;
    co_await timer_.async_wait(boost::asio::redirect_error(awaiting, stopped));
}

// Retries until the response is final or the timeout is over.
Awaitable<IngestResult> Backfill::send_with_retries(std::string body, std::size_t events) {
    HttpRequest request{"POST", "/v1/batch?outcomes=true", std::move(body)};
    std::optional<Clock::time_point> failing_since;
    for (std::uint32_t failures = 1;; ++failures) {
        const auto answer = co_await client_.send(request);
        IngestResult result = read_response(answer, events, wall_now());
        answered_ = answered_ || answer.status != 0;
        // A name that existed a moment ago is a failure of the resolver.
        if (result.lasting_error == LastingError::unknown_host && answered_) result.next = NextStep::retry;
        if (result.next != NextStep::retry || !stopped_.empty()) co_return result;
        const auto now = Clock::now();
        if (!failing_since) failing_since = now;
        if (now - *failing_since >= options_.timeout) co_return result;
        const auto wait = std::max<Clock::duration>(backoff_.wait(failures, jitter(), result.retry_after), 100ms);
        display_.note(result.reason + "; trying again in " +
                      cli::terminal::short_duration(std::chrono::duration<double>(wait).count()));
        co_await sleep_until(now + wait);
        if (!stopped_.empty()) co_return result;
    }
}

Awaitable<void> Backfill::send(ImportBatch& batch) {
    Bisection bisection(batch.events());
    while (!bisection.done()) {
        const auto range = bisection.next();
        const auto result = co_await send_with_retries(batch.body(range.first, range.count), range.count);
        if (result.next == NextStep::accepted) {
            batch.add_outcomes(range.first, result.outcomes);
            bisection.on_accepted();
        } else if (result.next == NextStep::bisect) {
            if (bisection.on_rejected()) batch.reject_event(range.first, result.reason);
        } else {
            if (stopped_.empty()) {
                stopped_ = result.reason;
                lasting_error_ = result.lasting_error;
            }
            co_return;
        }
    }
}

void Backfill::ack(ImportBatch& batch) {
    const auto& rejected = batch.rejected();
    progress_.offset = batch.end();
    progress_.line = batch.last_line();
    progress_.events += batch.counts();
    progress_.times += batch.times();
    progress_.rejected += rejected.size();
    store_.write(rejected, progress_);
    for (const auto& line : rejected) reporter_.report(line);
    for (const auto& line : batch.dead_letters()) reporter_.report(line);
    const auto now = Clock::now();
    estimator_->at(progress_.offset, progress_.events.total(), now);
    display_.show(*estimator_, now);
}

Awaitable<void> Backfill::run() {
    co_await send_all();
    if (stopped_.empty() || progress_.line == 0) store_.finish();
    display_.clear();
}

Awaitable<void> Backfill::send_all() {
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
        co_await sleep_until(send_rate_.next(Clock::now()));
        if (!stopped_.empty()) co_return;
        send_rate_.sent(batch.events());
        co_await send(batch);
        if (!stopped_.empty()) co_return;
        ack(batch);
    }
}

void Backfill::stop() {
    stopped_ = "interrupted";
    timer_.cancel();
    client_.close();
}

FileCheck check_file(const std::string& file, const EventCheck& check_event, LineReporter& reporter) {
    InputFile input(file, InputFile::Use::shared);
    EventPreparer preparer(file);
    FileCheck check;
    Line line;
    std::string event;
    while (input.next(line)) {
        check.lines = line.number;
        if (is_blank(line)) continue;
        if (const auto prepared = preparer.prepare(line, event); !prepared) {
            ++check.rejected;
            reporter.report(RejectedLine{line.number, {}, std::string(sentence(prepared.error()))});
            continue;
        }
        ++check.events;
        check.times.add(judge_time(preparer, line.number, reporter));
        if (const auto reason = check_event(event)) {
            ++check.dead_letters;
            reporter.report(DeadLetterLine{line.number, std::string(code(*reason))});
        }
    }
    return check;
}

}  // namespace pintle::cli::importer
