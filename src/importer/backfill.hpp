#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include "importer/answer.hpp"
#include "importer/batch.hpp"
#include "importer/display.hpp"
#include "importer/meter.hpp"
#include "importer/notebook.hpp"
#include "importer/pace.hpp"
#include "importer/preparing.hpp"
#include "importer/source.hpp"
#include "pintle/delivery/sender.hpp"
#include "pintle/schedule/backoff.hpp"

namespace pintle::importer {

struct Options {
    std::string file;           // `-`: stdin
    std::string rejects;        // where lines go that are not taken
    delivery::Endpoint ingest;  // of the daemon
    std::string write_key;
    std::string ca_file;
    double rate = 0;                       // events a second; 0: as fast as it goes
    std::chrono::milliseconds patience{};  // for a daemon that does not take anything
    bool restart = false;
};

// Sends a file's events in order, one request at a time. All on the io_context's one thread.
class Backfill {
public:
    using Report = std::function<void(const Rejected& line)>;  // a line that is now among the rejected ones

    // Throws std::runtime_error where the file cannot be sent.
    Backfill(boost::asio::io_context& io, Options options, Report report);

    // To the end, or until it is stopped. Throws std::system_error where the disk fails.
    delivery::Awaitable<void> run();
    void stop();

    const Progress& progress() const noexcept { return progress_; }
    const std::string& stopped() const noexcept { return stopped_; }  // why; empty: it came to the end

private:
    using Clock = std::chrono::steady_clock;
    using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>,
                                                    boost::asio::io_context::executor_type>;

    void take_up();
    delivery::Awaitable<void> send_all();
    Batch next_batch();
    void put(Line line, Batch& batch);
    delivery::Awaitable<void> send(Batch& batch);
    delivery::Awaitable<Judgement> ask(std::string body);
    delivery::Awaitable<void> sleep_until(Clock::time_point time);
    void settle(Batch& batch);

    Options options_;
    Report report_;
    Source source_;
    Notebook notebook_;
    Progress progress_;
    std::optional<Preparing> preparing_;
    std::optional<std::pair<Line, std::string>> held_over_;  // an event that did not fit into the batch before
    delivery::Sender sender_;
    Timer timer_;
    Pace pace_;
    schedule::Backoff backoff_;
    Display display_;
    std::optional<Meter> meter_;
    std::string stopped_;
};

}  // namespace pintle::importer
