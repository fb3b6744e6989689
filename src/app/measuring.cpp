// What the daemon tells Prometheus.
#include <cstdint>

#include "app/backlog.hpp"
#include "app/daemon.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/metrics/metrics.hpp"

namespace pintle::app {
namespace {

// Nothing where the disk fails: then the other metrics say so.
std::optional<metrics::Backlog> look_at_backlog(const journal::Journal& journal, journal::Log log, WallTime age_now) {
    try {
        const auto oldest = journal.read(log, journal.first_unsettled(log) - 1, 1, SIZE_MAX);
        return measure_backlog(oldest, journal.log_usage(log).bytes, age_now);
    } catch (const std::exception& error) {
        logging::debug("backlog_not_measured reason=\"{}\"", error.what());
        return std::nullopt;
    }
}

void add_counts(const RunnerCounts& counts, mapping::ApiVersion api_version, metrics::Destination& seen) {
    seen.delivered = counts.delivered.value();
    seen.retries = counts.retries.counts(possible_retry_causes());
    seen.dead_lettered = counts.dead_lettered.counts(possible_dead_letters(api_version));
    seen.requests_in_flight = counts.requests_in_flight.load(std::memory_order_relaxed);
    seen.request_duration = counts.request_duration.times();
    seen.delivery_latency = counts.delivery_latency.times();
}

}  // namespace

metrics::Snapshot Daemon::snapshot() const {
    metrics::Snapshot snapshot;
    snapshot.ingest = ingest_->counts();
    snapshot.connections = ingest_server_->connections();
    snapshot.journal = journal_->usage();
    snapshot.ready = !draining_ && journal_->has_room() && snapshot.journal.error.empty();
    const std::lock_guard lock(config_mutex_);
    for (std::size_t i = 0; i < runners_.size(); ++i) {
        const auto& runner = runners_[i];
        const auto status = runner->status();
        auto& seen = snapshot.destinations.emplace_back();
        seen.name = runner->name();
        seen.ledger = journal_->ledger(runner->log());
        seen.usage = journal_->log_usage(runner->log());
        seen.backlog = look_at_backlog(*journal_, runner->log(), ages_.now());
        add_counts(runner->counts(), config_.destinations[i].mapping.api_version, seen);
        if (status.paused) seen.paused = status.paused->reason;
        seen.circuit_breaker_open = status.circuit_breaker_open;
        seen.connections = status.connections;
    }
    snapshot.process = metrics::this_process();
    return snapshot;
}

}  // namespace pintle::app
