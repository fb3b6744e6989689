#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/stats/counter.hpp"
#include "pintle/telemetry/counts.hpp"
#include "pintle/telemetry/signal.hpp"

namespace pintle::telemetry {

// Sends batches to a collector by OTLP/HTTP in JSON. At most one batch of each signal is in memory: one that fails is
// retried for a while and then dropped. Everything happens on the io_context's one thread, except where it says
// otherwise. `io` must not run any more when the exporter is destroyed.
class Exporter {
public:
    // Makes the body of the next request; empty: there is nothing to send.
    using NextBatch = std::function<Awaitable<std::string>()>;

    struct Schedule {
        std::chrono::milliseconds period;     // between two batches
        std::chrono::milliseconds retry_for;  // a batch that is not accepted within this time is dropped
    };

    // `seed`: of the jitter. `initial_backoff`: before the first retry.
    Exporter(boost::asio::io_context& io, std::shared_ptr<http::client::Client> client, std::uint64_t seed,
             std::chrono::milliseconds initial_backoff = std::chrono::seconds{1});

    // Sends a batch after each period, until `stop`. Once for each signal.
    void start(Signal signal, Schedule schedule, NextBatch next);

    // From the next request on. One in flight ends with the client before.
    void use(std::shared_ptr<http::client::Client> client);

    // Sends one more batch of each signal and ends, within about `limit`.
    Awaitable<void> stop(std::chrono::milliseconds limit);

    ExportCounts counts() const noexcept;  // thread-safe

private:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Channel {
        explicit Channel(boost::asio::io_context& io) : timer(io) {}

        Timer timer;
        Schedule schedule{};
        NextBatch next;
        stats::Counter exported;
        stats::Counter dropped;
        TimePoint next_log;    // of a failure
        bool failing = false;  // a failure was logged, and none has succeeded since
    };

    Awaitable<void> run(Signal signal);
    Awaitable<std::string> next_batch(Signal signal);
    Awaitable<void> send(Signal signal, std::string body);
    Awaitable<void> sleep(Channel& channel, std::chrono::milliseconds time);
    void report_failure(Signal signal, std::string_view message);
    void report_success(Signal signal, std::string_view warning);
    Channel& channel(Signal signal) { return channels_[static_cast<std::size_t>(signal)]; }

    boost::asio::io_context& io_;
    std::shared_ptr<http::client::Client> client_;
    const std::chrono::milliseconds initial_backoff_;
    std::mt19937_64 random_;
    std::array<Channel, signal_names.size()> channels_;
    std::size_t running_ = 0;  // signals
    Timer ended_;              // waits until none is
    bool stopping_ = false;
};

}  // namespace pintle::telemetry
