#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "import/batch.hpp"
#include "import/display.hpp"
#include "import/event_preparer.hpp"
#include "import/event_time.hpp"
#include "import/input_file.hpp"
#include "import/line.hpp"
#include "import/progress_estimator.hpp"
#include "import/progress_store.hpp"
#include "import/response.hpp"
#include "import/send_rate.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/base/reason.hpp"
#include "pintle/delivery/backoff.hpp"
#include "pintle/http/client/endpoint.hpp"
#include "pintle/http/client/http_client.hpp"

namespace pintle::cli::importer {

struct Options {
    std::string file;               // `-`: stdin
    std::string rejects;            // the file for rejected lines; `-`: stdout
    std::string progress;           // the file for the progress; not used for a pipe
    http::client::Endpoint ingest;  // where the daemon accepts events
    std::string write_key;
    std::string ca_file;
    double rate = 0;                                              // events a second; 0: no limit
    std::chrono::milliseconds timeout = std::chrono::minutes(5);  // of retries of one request
    bool restart = false;
};

// Is told of each line whose event will not be delivered, or has a time that its user may not expect.
class LineReporter {
public:
    virtual ~LineReporter() = default;
    virtual void report(const TimeLine& line) = 0;  // before it is sent
    virtual void report(const RejectedLine& line) = 0;
    virtual void report(const DeadLetterLine& line) = 0;
};

// Sends a file's events in order, one request at a time, on the io_context's only thread.
class Backfill {
public:
    // Throws std::runtime_error where the file cannot be imported.
    Backfill(boost::asio::io_context& io, Options options, LineReporter& reporter);

    // Runs to the end of the file or until `stop`. Throws std::system_error where the disk fails.
    Awaitable<void> run();
    void stop();

    const Progress& progress() const noexcept { return progress_; }
    const std::string& stopped() const noexcept { return stopped_; }        // why; empty at the end of the file
    LastingError lasting_error() const noexcept { return lasting_error_; }  // if that is why it stopped

private:
    using Clock = std::chrono::steady_clock;

    struct PreparedEvent {
        Line line;
        std::string event;
        TimeKind time = TimeKind::recent;
    };

    void resume();
    Awaitable<void> send_all();
    ImportBatch next_batch();
    void add_line(Line line, ImportBatch& batch);
    Awaitable<void> send(ImportBatch& batch);
    Awaitable<IngestResult> send_with_retries(std::string body, std::size_t events);
    Awaitable<void> sleep_until(Clock::time_point time);
    void ack(ImportBatch& batch);

    Options options_;
    LineReporter& reporter_;
    InputFile input_;
    ProgressStore store_;
    Progress progress_;
    std::optional<EventPreparer> preparer_;
    std::optional<PreparedEvent> carried_over_;  // an event that did not fit into the previous batch
    http::client::HttpClient client_;
    Timer timer_;
    SendRate send_rate_;
    delivery::Backoff backoff_;
    Display display_;
    std::optional<ProgressEstimator> estimator_;
    bool answered_ = false;  // a request had a response
    std::string stopped_;
    LastingError lasting_error_ = LastingError::none;
};

// What a dry run found in a file.
struct FileCheck {
    std::uint64_t lines = 0;
    std::uint64_t events = 0;
    std::uint64_t rejected = 0;      // lines that are not an event
    std::uint64_t dead_letters = 0;  // events that the daemon would keep as such
    TimeCounts times;
};

// Why the daemon would keep an event as a dead letter; nothing where it would not.
using EventCheck = std::function<std::optional<Reason>(std::string_view event)>;

// Reads the whole file as an import would and sends nothing. Throws std::system_error where reading fails.
FileCheck check_file(const std::string& file, const EventCheck& check_event, LineReporter& reporter);

}  // namespace pintle::cli::importer
