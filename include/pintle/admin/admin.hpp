#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "pintle/admin/backlog.hpp"
#include "pintle/admin/dead_letters.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/time.hpp"
#include "pintle/delivery/pause_history.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/stats/histogram.hpp"

namespace pintle::admin {

struct DestinationView {
    std::string name;
    std::string host;  // where it delivers to now: of the configuration, the account's region or a redirect
    std::string api_version;
    double rate = 0;  // requests a second that are allowed
    journal::Stream stream = 0;
    std::uint64_t backlog_events = 0;  // pending on disk, those in flight included
    std::uint64_t in_flight = 0;       // requests
    std::uint64_t connections = 0;     // open ones
    std::uint64_t delivered = 0;       // since the start
    std::uint64_t dead_lettered = 0;   // here, since the start
    std::uint64_t retries = 0;
    std::uint64_t replayed = 0;      // dead letters, since the start
    std::uint64_t purged = 0;        // the same
    std::uint64_t dead_letters = 0;  // retained now
    journal::Ledger ledger;          // of all time
    journal::StreamUsage usage;      // of its share of the journal
    std::optional<delivery::Pause> paused;
    bool circuit_breaker_open = false;

    // From here on only of a survey.
    std::map<std::string, std::uint64_t> retries_by_cause;
    std::map<std::string, std::uint64_t> letters_by_reason;
    stats::HistogramSnapshot request_duration;  // of one request
    stats::HistogramSnapshot delivery_latency;  // of an event, from accepted to delivered
    struct Backlog {
        std::uint64_t bytes = 0;
        double oldest_age = 0;  // seconds
    };
    std::optional<Backlog> backlog;       // nothing where the disk cannot be read
    std::optional<double> time_to_drain;  // seconds; nothing where the backlog does not shrink
};

struct View {
    bool draining = false;
    bool journal_has_room = true;
    std::string log_level;
    WallTime now;
    std::uint64_t connections = 0;
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t dead_lettered = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t integration_disabled = 0;
    std::uint64_t consent_denied = 0;
    std::map<std::string, std::uint64_t> rejected_by_reason;
    journal::Usage journal;
    std::vector<DestinationView> destinations;

    struct Process {
        double started = 0;  // seconds since the epoch
        double cpu_seconds = 0;
        std::uint64_t resident_bytes = 0;
        std::uint64_t open_files = 0;
    };
    Process process;  // only of a survey
};

// What came of loading the configuration again. With any problem nothing has changed.
struct Reloaded {
    std::vector<std::string> problems;  // `config/pintle.yaml:14: ...`
    std::vector<std::string> changed;   // fields, as `destinations[customerio].rate`
    std::vector<std::string> kept;      // those that only another start can change
};

// The daemon, as its operator reaches it. Called on the admin's threads, one call at a time of those that may block for
// the disk.
class Control {
public:
    virtual ~Control() = default;

    virtual View look() = 0;                    // does not block
    virtual View full_status() = 0;             // with all that takes longer to find out; may block
    virtual std::string prometheus_text() = 0;  // for Prometheus, in its text format; may block

    // Reads the configuration again; may block. The function that comes back puts it in force, on the admin's own
    // thread.
    virtual std::function<Reloaded()> reload() = 0;

    virtual std::string configuration() = 0;  // the one in force, as JSON without secrets

    // The request that `event` becomes, as JSON, or {"error"}; may take long, as the event may be large.
    virtual Answered<std::string> transform(const std::string& destination, std::string_view event) = 0;

    // Events that wait, the oldest first; may block.
    virtual Answered<Waiting> waiting(const WaitingQuery& query) = 0;

    // 404 where there is no such destination. In force when they return; may block. `message`, which is not empty,
    // tells people why.
    virtual Answered<void> pause(const std::string& destination, std::string message) = 0;
    virtual Answered<void> resume(const std::string& destination) = 0;

    virtual Answered<void> set_log_level(const std::string& level) = 0;
};

// Who may see what.
struct Access {
    std::string token;    // asked for as a Bearer on /api and /metrics where it is not empty
    bool redact = false;  // values of events are not shown
};

// The operator's routes; docs/admin-api.json describes them. What may block is done one after another on a thread of
// its own. Control, office and feed must outlive it.
class Admin final : public http::Handler {
public:
    Admin(Control& control, DeadLetterOperations& office, events::EventStream& events, Access access);
    ~Admin() override;
    Admin(const Admin&) = delete;
    Admin& operator=(const Admin&) = delete;

    std::optional<http::Response> on_headers(const http::Request& head, http::Terms& terms) override;
    Awaitable<void> on_request(http::Request& request, http::Response& answer) override;
    void on_error(unsigned status, std::string_view reason, http::Response& answer) override;

    // From the next request on; on the admin's own thread.
    void set_access(Access access);

private:
    struct Guesses;

    std::optional<http::Response> ask_for_token(const http::Request& head);
    void report_guess(std::string_view peer, std::chrono::steady_clock::time_point now);
    Awaitable<void> answer_api(http::Request& request, http::Response& answer);

    Control& control_;
    DeadLetterOperations& office_;
    events::EventStream& events_;
    Access access_;
    std::unique_ptr<Guesses> guesses_;
    boost::asio::thread_pool clerk_{1};
};

}  // namespace pintle::admin
