// What the daemon tells Prometheus.
#include <cstdint>

#include "pintle/base/time.hpp"
#include "pintle/daemon/backlog.hpp"
#include "pintle/daemon/daemon.hpp"
#include "pintle/daemon/metrics.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::daemon {
namespace {

// Nothing where the disk fails: then the other metrics say so.
std::optional<Backlog> look_at_backlog(const journal::Journal& journal, journal::Stream stream, WallTime age_now) {
    try {
        const auto oldest = journal.read(stream, journal.first_pending(stream) - 1, 1, SIZE_MAX);
        return measure_backlog(oldest, journal.stream_usage(stream).bytes, age_now);
    } catch (const std::exception& error) {
        logging::debug("backlog_not_measured reason=\"{}\"", error.what());
        return std::nullopt;
    }
}

void add_counts(const delivery::WorkerCounts& counts, customerio::ApiVersion api_version, Destination& seen) {
    seen.delivered = counts.delivered.value();
    seen.retries = counts.retries.counts(delivery::possible_retry_causes());
    seen.dead_lettered = counts.dead_lettered.counts(delivery::possible_dead_letters(api_version));
    seen.requests_in_flight = counts.requests_in_flight.load(std::memory_order_relaxed);
    seen.request_duration = counts.request_duration.times();
    seen.delivery_latency = counts.delivery_latency.times();
}

}  // namespace

Snapshot Daemon::snapshot() const {
    Snapshot snapshot;
    snapshot.ingest = ingest_->counts();
    snapshot.connections = ingest_server_->connections();
    snapshot.journal = journal_->usage();
    snapshot.ready = !draining_ && journal_->has_room() && snapshot.journal.error.empty();
    const MutexLock lock(config_mutex_);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto& worker = workers_[i];
        const auto status = worker->status();
        auto& seen = snapshot.destinations.emplace_back();
        seen.name = worker->name();
        seen.ledger = journal_->ledger(worker->stream());
        seen.usage = journal_->stream_usage(worker->stream());
        seen.backlog = look_at_backlog(*journal_, worker->stream(), ages_.now());
        add_counts(worker->counts(), config_.destinations[i].mapping.api_version, seen);
        if (status.paused) seen.paused = status.paused->reason;
        seen.circuit_breaker_open = status.circuit_breaker_open;
        seen.connections = status.connections;
    }
    snapshot.process = stats::this_process();
    return snapshot;
}

}  // namespace pintle::daemon
