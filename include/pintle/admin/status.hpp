#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pintle/base/time.hpp"
#include "pintle/ingest/counts.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/kafka_source/status.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/process.hpp"
#include "pintle/telemetry/counts.hpp"

// The state of a daemon at one moment. The daemon fills it; the API, the page, the commands and the metrics read it.
namespace pintle::admin {

using CountsByCode = std::map<std::string, std::uint64_t>;  // by reason code

// Why the daemon accepts no events.
enum class NotReadyReason : std::uint8_t { draining, journal_failed, journal_full, journal_overloaded };

constexpr std::string_view code_of(NotReadyReason reason) noexcept {
    switch (reason) {
        case NotReadyReason::draining: return "draining";
        case NotReadyReason::journal_failed: return "journal_failed";
        case NotReadyReason::journal_full: return "journal_full";
        case NotReadyReason::journal_overloaded: return "journal_overloaded";
    }
    return {};
}

struct NotReady {
    std::string reason;   // a code
    std::string message;  // a sentence for people

    bool operator==(const NotReady&) const = default;
};

// Nothing where events are accepted. Draining comes first, then an error of the disk.
std::optional<NotReady> not_ready(bool draining, bool journal_has_room, const journal::Usage& journal);

struct PauseStatus {
    std::string reason;  // a code
    WallTime since;
    std::string message;  // for people
    std::string by = {};  // of a pause by an operator: the name of the admin token, or the address; empty: not known

    bool operator==(const PauseStatus&) const = default;
};

struct CircuitBreakerStatus {
    WallTime since;       // it is open
    std::string message;  // of the latest failure, for people

    bool operator==(const CircuitBreakerStatus&) const = default;
};

// Over the last ten seconds, or since the start. Empty where it cannot be known yet.
using Figure = std::optional<double>;

struct DestinationRates {
    Figure accepted;  // events a second, as the next ones
    Figure delivered;
    Figure retries;
    Figure dead_lettered;
    Figure backlog;               // its growth; negative where it shrinks, by whatever means
    Figure request_duration_p50;  // seconds, as the next ones
    Figure request_duration_p99;
    Figure delivery_latency_p50;
    Figure delivery_latency_p99;
};

struct DestinationStatus {
    std::string name;
    std::string host;  // where it delivers to now: of the configuration, the account's region or a redirect
    std::string api_version;
    double rate = 0;              // allowed requests a second
    bool owned = false;           // this process delivers it; of several that share a journal, one does
    journal::Ledger ledger;       // of all time; its backlog contains the events in flight
    journal::StreamUsage usage;   // of its share of the journal
    std::uint64_t in_flight = 0;  // requests
    Figure oldest_request_age;    // of them, in seconds; empty: there is none
    std::uint64_t connections = 0;
    std::uint64_t delivered = 0;                  // since the start, as the next ones
    CountsByCode dead_lettered;                   // after they were accepted; possible reasons with 0
    CountsByCode retries;                         // by cause; possible causes with 0
    std::optional<CountsByCode> owner_retries{};  // of the process that delivers it, where that is another one
    std::uint64_t duplicates = 0;                 // dropped by this process, which had not received the first one
    std::uint64_t replayed = 0;                   // dead letters
    std::uint64_t purged = 0;                     // dead letters
    std::uint64_t dead_letters = 0;   // retained and readable now; the ledger also has those whose commit is running
    std::vector<PauseStatus> pauses;  // ongoing ones, one for each reason; the one that ends last comes first
    std::optional<CircuitBreakerStatus> circuit_breaker;  // nothing: it is closed
    stats::HistogramSnapshot request_duration;
    stats::HistogramSnapshot delivery_latency;  // from accepted to delivered
    DestinationRates rates;
    Figure time_to_drain;  // seconds, at the present rate of the backlog; empty where it does not shrink

    std::optional<double> oldest_age;  // of the backlog, in seconds; 0: it is empty. Only in a full status.

    // Those of the process that delivers it. The metrics have those of this one.
    const CountsByCode& shown_retries() const { return owner_retries ? *owner_retries : retries; }

    // The first of `pauses`; nothing: it is not paused.
    std::optional<PauseStatus> paused() const { return pauses.empty() ? std::nullopt : std::optional(pauses.front()); }
};

// A stream of the journal that holds something and belongs to no destination of the configuration.
struct OrphanedStream {
    std::string name;
    std::uint64_t backlog_events = 0;
    std::uint64_t backlog_bytes = 0;
    std::uint64_t dead_letters = 0;
    std::optional<double> oldest_age;  // as of a destination
    std::string not_taken_over = {};   // why, where a destination names it in `formerly`; else empty. For people.
};

// The latest reload, if it was rejected. The file, or what it refers to, has problems: the configuration of before is
// in force, and the daemon would not start again.
struct RejectedReload {
    WallTime since;  // of the first that was rejected after the configuration in force was loaded
    std::string by;  // SIGHUP or api
    std::vector<std::string> problems;
};

struct ConfigurationStatus {
    WallTime loaded;  // when the one in force was: at the start, or by a reload
    std::optional<RejectedReload> rejected;
    std::vector<std::string> pending_restart = {};  // keys that the reload changed and that wait for a restart
};

// Events since the start.
struct EventTotals {
    std::uint64_t received = 0;
    std::uint64_t rejected = 0;
    // Once for each destination of the source:
    std::uint64_t accepted = 0;
    std::uint64_t dead_lettered = 0;  // as they came in
    std::uint64_t duplicate = 0;
    std::uint64_t integration_disabled = 0;
    std::uint64_t consent_denied = 0;
    std::uint64_t filtered = 0;
    CountsByCode rejected_by_reason;  // also requests whose source is unknown

    std::uint64_t dropped() const { return duplicate + integration_disabled + consent_denied + filtered; }
};

struct Rates {
    Figure received;  // events a second, as the next ones
    Figure rejected;
    Figure dropped;
    Figure commit_p99;  // seconds
    Figure cpu;         // 1: one core
};

struct Status {
    std::string version;
    WallTime started;
    WallTime now;
    std::string log_level;
    bool draining = false;
    bool journal_has_room = true;
    std::optional<NotReady> not_ready;
    std::uint64_t connections = 0;                  // of senders
    std::optional<WallTime> certificate_expires{};  // that of ingest.tls, or one of its chain; nothing: no TLS
    EventTotals events;
    ingest::Counts ingest;  // what `events` sums up
    ConfigurationStatus configuration;
    journal::Usage journal;
    std::vector<DestinationStatus> destinations;
    std::vector<OrphanedStream> orphaned_streams;
    std::optional<journal::Cluster> cluster;                // nothing: the journal belongs to this process alone
    std::vector<kafka_source::ReaderStatus> kafka_sources;  // the sources that read topics
    std::optional<telemetry::Counts> telemetry{};           // nothing: telemetry.otlp.endpoint is not set
    Rates rates;
    stats::Process process;  // outside a full status only its CPU time

    std::chrono::duration<double> uptime() const { return now - started; }
};

std::uint64_t sum(const CountsByCode& counts);

// How many different configurations the nodes have. With more than one, an event may become another request if another
// node delivers it.
std::size_t configurations(const journal::Cluster& cluster);

// How many different sets of secrets the nodes have: write keys, site ids, API keys.
std::size_t secret_sets(const journal::Cluster& cluster);

}  // namespace pintle::admin
