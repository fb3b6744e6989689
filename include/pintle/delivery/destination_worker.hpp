#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "pintle/delivery/clock.hpp"
#include "pintle/delivery/pause_history.hpp"
#include "pintle/delivery/worker_counts.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/journal/full_queues.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/telemetry/tracer.hpp"

namespace pintle::delivery {

// Makes the client of a destination. Throws std::runtime_error if its options cannot be used.
using ClientFactory =
    std::function<std::shared_ptr<http::client::Client>(boost::asio::io_context&, http::client::HttpClientOptions)>;

// Makes an http::client::HttpClient.
std::shared_ptr<http::client::Client> make_http_client(boost::asio::io_context& io,
                                                       http::client::HttpClientOptions options);

// The same from the configuration of a destination, for its worker.
std::shared_ptr<http::client::Client> make_client(boost::asio::io_context& io, const config::Destination& destination);

// What a worker works with. The references must outlive the worker.
struct WorkerEnvironment {
    boost::asio::io_context& io;              // the worker runs on its one thread
    boost::asio::any_io_executor disk_reads;  // runs the reads of the journal, which block
    journal::StreamReader& reader;
    journal::Acknowledger& acks;
    journal::MetadataStore& metadata;
    journal::StreamOwnership& ownership;
    journal::StreamCommands& commands;
    events::EventStream& events;
    const Clock& clock;
    ClientFactory make_client;
    std::uint64_t seed;                   // of all random choices
    telemetry::Tracer* tracer = nullptr;  // null: nothing is traced
};

// The names of the metadata that the worker of a destination stores. They contain the destination's name, and are the
// same in number and order for all destinations.
std::vector<std::string> metadata_keys(const config::Destination& destination);

// Ends the stored pauses of a destination whose worker does not run.
void forget_pauses(journal::MetadataStore& metadata, journal::Stream stream, const std::string& destination);

// Many requests failed and none succeeded.
struct OpenCircuitBreaker {
    WallTime since;
    std::string message;  // of the latest failure, for people
};

// The ongoing pauses of a destination as its worker has stored them, which may be that of another process.
std::vector<Pause> stored_pauses(const journal::MetadataStore& metadata, journal::Stream stream,
                                 const config::Destination& destination, const Clock& clock);

// Commands for the owner of a destination's stream: as `pause_by_operator` and `resume` of its worker. See
// journal::StreamCommands.
std::string pause_command(std::string_view message, std::string_view by);
std::string resume_command(std::string_view by);

// What one destination is doing, for people.
struct WorkerStatus {
    std::string host;             // where requests go now, with the port unless it is the default one
    std::size_t connections = 0;  // open ones
    bool owned = false;           // this process delivers the destination's stream
    std::vector<Pause> pauses;    // ongoing ones; the one that ends last comes first
    std::optional<OpenCircuitBreaker> circuit_breaker;      // nothing: it is closed
    std::optional<TimePoint::duration> oldest_request_age;  // of the requests in flight; nothing: there is none

    // The first of `pauses`; nothing: it is not paused.
    std::optional<Pause> paused() const { return pauses.empty() ? std::nullopt : std::optional(pauses.front()); }
};

// What an erasure did, or of a dry run would do.
struct Erasure {
    std::uint64_t events = 0;     // erased ones
    std::uint64_t in_flight = 0;  // events that are not erased, as they are in flight
    std::uint64_t deletions = 0;  // events that are not erased, as they delete or suppress a person
    std::string error;            // why it has stopped before its end, for people; empty: it has not
};

// Moves one destination's records from the journal to Customer.io: reads them, asks the scheduler which is next, maps,
// sends, and passes the result back. The scheduler makes all decisions about order, time and retries. A process has one
// worker for a stream, which works while the process owns the stream. Destroy it on the thread of its io_context while
// that runs, once it is closed and idle.
class DestinationWorker {
public:
    DestinationWorker(WorkerEnvironment environment, journal::Stream stream, const config::Destination& destination);
    ~DestinationWorker();
    DestinationWorker(const DestinationWorker&) = delete;
    DestinationWorker& operator=(const DestinationWorker&) = delete;

    void start();  // thread-safe, as are all functions below

    // A client for another configuration of the destination. Throws std::runtime_error if its `ca_file` cannot be read.
    std::shared_ptr<http::client::Client> connect(const config::Destination& destination) const;

    // Continues with another configuration of the same destination, which may give it another name, through `client`.
    // Requests in flight keep their connections; those that fail are sent again with the new configuration. A paused
    // destination is probed at once.
    void reconfigure(config::Destination destination, std::shared_ptr<http::client::Client> client);

    // Sends nothing new until `resume`, across restarts too. `message` says why; empty: an ongoing pause by an operator
    // stays as it is. `by` says who, of `resume` for the log. `resume` also probes a destination at once that is paused
    // for another reason. The future is ready once that is done, and has the operator's pause that there was before; if
    // the worker's thread has ended it never is.
    std::future<std::optional<Pause>> pause_by_operator(std::string message, std::string by);
    std::future<std::optional<Pause>> resume(std::string by);

    // Erases the pending events that match: each becomes a dead letter with the reason `erased` that has nothing of the
    // event, so that the ledger counts it. Events that are accepted meanwhile stay. Only for a stream that is owned.
    // `matches` is called on the worker's thread. The future is ready once that is done; if the worker's thread has
    // ended it never is.
    std::future<Erasure> erase(std::function<bool(std::string_view event)> matches, bool dry_run);

    // Sends nothing new from now on.
    void stop_dispatch();
    // No request is in flight and no read is running. After `stop_dispatch` it stays so.
    bool is_idle() const noexcept;
    // Cancels the requests in flight: their events are sent after the next start.
    void close();

    // It hears of no commit from now on. Comes before its end, as what it hears is passed to its thread.
    void stop_listening();

    WorkerStatus status() const;
    const WorkerCounts& counts() const noexcept;
    journal::Stream stream() const noexcept;

    // The ordering keys that have as many pending events as `limit_queues` allows; 0: any number.
    std::shared_ptr<const journal::FullQueues> full_queues() const noexcept;
    void limit_queues(std::uint64_t max);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::delivery
