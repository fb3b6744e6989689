#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "import/batch.hpp"
#include "import/display.hpp"
#include "import/pace.hpp"
#include "import/preparing.hpp"
#include "import/progress_estimator.hpp"
#include "import/progress_store.hpp"
#include "import/response.hpp"
#include "import/source.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/delivery/backoff.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"

namespace pintle::cli::importer {

struct Options {
    std::string file;               // `-`: stdin
    std::string rejects;            // where lines go that are not taken
    http::client::Endpoint ingest;  // of the daemon
    std::string write_key;
    std::string ca_file;
    double rate = 0;                      // events a second; 0: as fast as it goes
    std::chrono::milliseconds timeout{};  // for a daemon that does not take anything
    bool restart = false;
};

// Sends a file's events in order, one request at a time. All on the io_context's one thread.
class Backfill {
public:
    using Report = std::function<void(const Rejected& line)>;  // a line that is now among the rejected ones

    // Throws std::runtime_error where the file cannot be sent.
    Backfill(boost::asio::io_context& io, Options options, Report report);

    // To the end, or until it is stopped. Throws std::system_error where the disk fails.
    Awaitable<void> run();
    void stop();

    const Progress& progress() const noexcept { return progress_; }
    const std::string& stopped() const noexcept { return stopped_; }  // why; empty: it came to the end

private:
    using Clock = std::chrono::steady_clock;

    void take_up();
    Awaitable<void> send_all();
    Batch next_batch();
    void put(Line line, Batch& batch);
    Awaitable<void> send(Batch& batch);
    Awaitable<Judgement> ask(std::string body);
    Awaitable<void> sleep_until(Clock::time_point time);
    void ack(Batch& batch);

    Options options_;
    Report report_;
    Source source_;
    ProgressStore store_;
    Progress progress_;
    std::optional<Preparing> preparing_;
    std::optional<std::pair<Line, std::string>> held_over_;  // an event that did not fit into the batch before
    http::client::HttpClient sender_;
    Timer timer_;
    Pace pace_;
    delivery::Backoff backoff_;
    Display display_;
    std::optional<ProgressEstimator> estimator_;
    std::string stopped_;
};

}  // namespace pintle::cli::importer
