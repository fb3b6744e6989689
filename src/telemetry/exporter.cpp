#include "pintle/telemetry/exporter.hpp"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/telemetry/export_result.hpp"

namespace pintle::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::minutes log_interval{1};  // between two lines about failures
constexpr std::chrono::seconds close_grace{1};   // for cancelled requests to end

}  // namespace

Exporter::Exporter(boost::asio::io_context& io, std::shared_ptr<http::client::Client> client, std::uint64_t seed,
                   milliseconds initial_backoff)
    : io_(io),
      client_(std::move(client)),
      initial_backoff_(initial_backoff),
      random_(seed),
      channels_{Channel(io), Channel(io)},
      ended_(io) {}

void Exporter::start(Signal signal, Schedule schedule, NextBatch next) {
    channel(signal).schedule = schedule;
    channel(signal).next = std::move(next);
    ++running_;
    boost::asio::co_spawn(io_, run(signal), boost::asio::detached);
}

void Exporter::use(std::shared_ptr<http::client::Client> client) {
    client_ = std::move(client);
}

Awaitable<void> Exporter::run(Signal signal) {
    bool is_last = false;
    while (!is_last) {
        co_await sleep(channel(signal), channel(signal).schedule.period);
        is_last = stopping_;
        std::string body = co_await next_batch(signal);
        if (!body.empty()) co_await send(signal, std::move(body));
    }
    if (--running_ == 0) ended_.cancel();
}

Awaitable<std::string> Exporter::next_batch(Signal signal) {
    try {
        co_return co_await channel(signal).next();
    } catch (const std::exception& error) {
        channel(signal).dropped.add();
        report_failure(signal, error.what());
    }
    co_return std::string();
}

Awaitable<void> Exporter::send(Signal signal, std::string body) {
    Channel& to = channel(signal);
    const auto give_up = steady_clock::now() + to.schedule.retry_for;
    const HttpRequest request = export_request(signal, std::move(body));
    for (std::uint32_t failures = 1;; ++failures) {
        const auto client = client_;  // `use` may replace it meanwhile
        const HttpResponse response = co_await client->send(request);
        const auto result = classify(response, wall_now());
        if (result.kind == ExportResult::Kind::accepted) {
            to.exported.add();
            co_return report_success(signal, result.message);
        }
        const double jitter = std::uniform_real_distribution<>()(random_);
        const auto wait = retry_wait(initial_backoff_, failures, jitter, result.retry_after);
        const bool is_dropped =
            result.kind == ExportResult::Kind::rejected || stopping_ || wait >= give_up - steady_clock::now();
        if (is_dropped) to.dropped.add();
        report_failure(signal, result.message);
        if (is_dropped) co_return;
        co_await sleep(to, wait);
    }
}

Awaitable<void> Exporter::sleep(Channel& channel, milliseconds time) {
    if (stopping_) co_return;
    channel.timer.expires_after(time);
    co_await channel.timer.async_wait(as_value);
}

Awaitable<void> Exporter::stop(milliseconds limit) {
    stopping_ = true;
    for (auto& channel : channels_) channel.timer.cancel();
    if (running_ > 0) {
        ended_.expires_after(limit);
        co_await ended_.async_wait(as_value);
    }
    client_->close();
    if (running_ > 0) {
        ended_.expires_after(close_grace);
        co_await ended_.async_wait(as_value);
    }
}

// A collector that is down is logged once a minute, whatever the number of batches.
void Exporter::report_failure(Signal signal, std::string_view message) {
    Channel& failed = channel(signal);
    const auto now = steady_clock::now();
    if (now < failed.next_log) return;
    failed.next_log = now + log_interval;
    failed.failing = true;
    logging::warn("telemetry_export_failed signal={} dropped={} message=\"{}\"", name_of(signal),
                  failed.dropped.value(), message);
}

void Exporter::report_success(Signal signal, std::string_view warning) {
    if (!warning.empty()) return report_failure(signal, warning);
    if (std::exchange(channel(signal).failing, false)) {
        logging::info("telemetry_export_recovered signal={} dropped={}", name_of(signal),
                      channel(signal).dropped.value());
    }
}

ExportCounts Exporter::counts() const noexcept {
    ExportCounts counts;
    for (std::size_t i = 0; i < counts.size(); ++i)
        counts[i] = {channels_[i].exported.value(), channels_[i].dropped.value()};
    return counts;
}

}  // namespace pintle::telemetry
