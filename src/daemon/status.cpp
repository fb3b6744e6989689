#include "status.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "pintle/base/reason.hpp"
#include "pintle/stats/histogram.hpp"
#include "pintle/stats/reason_counters.hpp"

namespace pintle::daemon {
namespace {

admin::CountsByCode by_code(const stats::ReasonCounts& counts) {
    admin::CountsByCode all;
    for (const auto& [reason, count] : counts) all[std::string(code(reason))] += count;
    return all;
}

// The change of a count per second; nothing where the count was reset.
admin::Figure rate(std::uint64_t before, std::uint64_t now, double seconds) {
    if (now < before) return std::nullopt;
    return static_cast<double>(now - before) / seconds;
}

void set_destination_rates(const admin::DestinationStatus& before, admin::DestinationStatus& now, double seconds) {
    auto& rates = now.rates;
    rates.accepted = rate(before.ledger.accepted, now.ledger.accepted, seconds);
    rates.delivered = rate(before.delivered, now.delivered, seconds);
    rates.retries = rate(admin::sum(before.retries), admin::sum(now.retries), seconds);
    rates.dead_lettered = rate(admin::sum(before.dead_lettered), admin::sum(now.dead_lettered), seconds);
    rates.backlog = (static_cast<double>(now.ledger.backlog) - static_cast<double>(before.ledger.backlog)) / seconds;
    rates.request_duration_p50 = stats::quantile(before.request_duration, now.request_duration, 0.5);
    rates.request_duration_p99 = stats::quantile(before.request_duration, now.request_duration, 0.99);
    rates.delivery_latency_p50 = stats::quantile(before.delivery_latency, now.delivery_latency, 0.5);
    rates.delivery_latency_p99 = stats::quantile(before.delivery_latency, now.delivery_latency, 0.99);
}

admin::Figure time_to_drain(const admin::DestinationStatus& destination) {
    if (destination.ledger.backlog == 0) return 0;
    const auto growth = destination.rates.backlog.value_or(0);
    if (growth >= 0) return std::nullopt;
    return static_cast<double>(destination.ledger.backlog) / -growth;
}

}  // namespace

admin::EventTotals event_totals(const ingest::Counts& counts) {
    admin::EventTotals totals;
    totals.rejected_by_reason = by_code(counts.rejected);
    totals.rejected = stats::sum(counts.rejected);
    for (const auto& source : counts.sources) {
        totals.received += std::accumulate(source.received.begin(), source.received.end(), std::uint64_t{0});
        totals.rejected += stats::sum(source.rejected);
        for (const auto& destination : source.destinations) {
            totals.accepted += destination.accepted;
            totals.dead_lettered += stats::sum(destination.dead_lettered);
            totals.duplicate += destination.duplicate;
            totals.integration_disabled += destination.integration_disabled;
            totals.consent_denied += destination.consent_denied;
            totals.filtered += destination.filtered;
        }
        for (const auto& [reason, count] : by_code(source.rejected)) totals.rejected_by_reason[reason] += count;
    }
    return totals;
}

admin::PauseStatus pause_status(const delivery::Pause& pause) {
    return {std::string(delivery::code_of(pause.reason)), pause.since, pause.message, pause.by};
}

admin::DestinationStatus destination_status(const config::Destination& destination,
                                            const delivery::WorkerStatus& worker, const delivery::WorkerCounts& counts,
                                            const StreamStatus& stream) {
    const auto api_version = destination.mapping.api_version;
    admin::DestinationStatus status;
    status.name = destination.name;
    status.host = worker.host;
    status.api_version = api_version == customerio::ApiVersion::v1 ? "v1" : "v2";
    status.owned = worker.owned;
    status.rate = destination.rate;
    status.ledger = stream.ledger;
    status.usage = stream.usage;
    status.dead_letters = stream.dead_letters;
    status.in_flight = counts.requests_in_flight.load(std::memory_order_relaxed);
    if (const auto age = worker.oldest_request_age)
        status.oldest_request_age = std::chrono::duration<double>(*age).count();
    status.connections = worker.connections;
    status.delivered = counts.delivered.value();
    status.dead_lettered = by_code(counts.dead_lettered.counts(delivery::possible_dead_letters(destination.mapping)));
    status.duplicates = counts.duplicates.value();
    status.retries = by_code(counts.retries.counts(delivery::possible_retry_causes()));
    for (const auto& pause : worker.pauses) status.pauses.push_back(pause_status(pause));
    // Without a pending event no probe is sent that could close it, and nothing waits for that.
    const auto& open = worker.circuit_breaker;
    if (open && stream.ledger.backlog > 0) status.circuit_breaker = {open->since, open->message};
    status.request_duration = counts.request_duration.times();
    status.delivery_latency = counts.delivery_latency.times();
    return status;
}

std::vector<journal::DeliveryReport> delivery_reports(const admin::Status& status) {
    std::vector<journal::DeliveryReport> reports;
    for (const auto& destination : status.destinations) {
        if (!destination.owned) continue;
        auto& report = reports.emplace_back();
        report.stream = destination.name;
        for (const auto& [cause, count] : destination.retries)
            if (count > 0) report.retries[cause] = count;
        if (const auto& open = destination.circuit_breaker) report.circuit_breaker = {open->since, open->message};
    }
    return reports;
}

void add_delivery_reports(admin::Status& status) {
    if (!status.cluster) return;
    for (auto& destination : status.destinations) {
        if (destination.owned) continue;
        const auto stream = std::ranges::find(status.cluster->streams, destination.name, &journal::ClusterStream::name);
        if (stream == status.cluster->streams.end()) continue;
        for (const auto& node : status.cluster->nodes) {
            if (node.is_this || node.name != stream->owner) continue;
            const auto& reports = node.announcement.deliveries;
            const auto report = std::ranges::find(reports, destination.name, &journal::DeliveryReport::stream);
            if (report == reports.end()) continue;
            destination.owner_retries.emplace(report->retries);
            if (const auto& open = report->circuit_breaker) destination.circuit_breaker = {open->since, open->message};
        }
    }
}

void RateWindow::add(admin::Status status, TimePoint now) {
    samples_.push_back({std::move(status), now});
    while (samples_.front().time < now - length) samples_.pop_front();
}

void RateWindow::set_rates(admin::Status& status, TimePoint now) const {
    if (!samples_.empty() && now - samples_.front().time >= min_elapsed) {
        const auto& before = samples_.front().status;
        const double seconds = std::chrono::duration<double>(now - samples_.front().time).count();
        status.rates.received = rate(before.events.received, status.events.received, seconds);
        status.rates.rejected = rate(before.events.rejected, status.events.rejected, seconds);
        status.rates.dropped = rate(before.events.dropped(), status.events.dropped(), seconds);
        status.rates.commit_p99 = stats::quantile(before.journal.commits, status.journal.commits, 0.99);
        status.rates.cpu = std::max(0.0, status.process.cpu_seconds - before.process.cpu_seconds) / seconds;
        for (auto& destination : status.destinations) {
            const auto earlier =
                std::ranges::find(before.destinations, destination.name, &admin::DestinationStatus::name);
            if (earlier != before.destinations.end()) set_destination_rates(*earlier, destination, seconds);
        }
    }
    for (auto& destination : status.destinations) destination.time_to_drain = time_to_drain(destination);
}

}  // namespace pintle::daemon
