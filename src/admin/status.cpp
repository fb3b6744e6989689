#include "status.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "json.hpp"
#include "pintle/base/time.hpp"
#include "pintle/delivery/pause_reason.hpp"
#include "respond.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const std::optional<double>& figure) {
    return figure ? ordered_json(*figure) : ordered_json();
}

ordered_json to_json(const PauseStatus& pause) {
    return {{"reason", pause.reason},
            {"since", to_iso8601(pause.since)},
            {"message", pause.message},
            {"by", pause.by.empty() ? ordered_json() : ordered_json(pause.by)}};
}

ordered_json to_json(const std::optional<PauseStatus>& pause) {
    return pause ? to_json(*pause) : ordered_json();
}

ordered_json to_json(const std::vector<PauseStatus>& pauses) {
    auto all = ordered_json::array();
    for (const auto& pause : pauses) all.push_back(to_json(pause));
    return all;
}

// Without the name of who paused it, as /ready takes no token.
ordered_json anonymous(const std::vector<PauseStatus>& pauses) {
    auto all = to_json(pauses);
    for (auto& pause : all) pause.erase("by");
    return all;
}

ordered_json to_json(const std::optional<CircuitBreakerStatus>& circuit_breaker) {
    if (!circuit_breaker) return nullptr;
    return {{"since", to_iso8601(circuit_breaker->since)}, {"message", circuit_breaker->message}};
}

ordered_json to_json(const std::optional<NotReady>& not_ready) {
    if (!not_ready) return nullptr;
    return {{"reason", not_ready->reason}, {"message", not_ready->message}};
}

ordered_json to_json(const ConfigurationStatus& configuration) {
    ordered_json rejected;
    if (const auto& reload = configuration.rejected)
        rejected = {{"since", to_iso8601(reload->since)}, {"by", reload->by}, {"problems", reload->problems}};
    return {{"loaded_at", time_of(configuration.loaded)},
            {"rejected", std::move(rejected)},
            {"pending_restart", configuration.pending_restart}};
}

// Without zeros, which are there for the metrics.
ordered_json to_json(const CountsByCode& counts) {
    auto document = ordered_json::object();
    for (const auto& [code, count] : counts)
        if (count > 0) document[code] = count;
    return document;
}

ordered_json to_json(const DestinationRates& rates) {
    return {{"accepted_per_second", to_json(rates.accepted)},
            {"delivered_per_second", to_json(rates.delivered)},
            {"retries_per_second", to_json(rates.retries)},
            {"dead_lettered_per_second", to_json(rates.dead_lettered)},
            {"backlog_per_second", to_json(rates.backlog)},
            {"request_duration_p50_seconds", to_json(rates.request_duration_p50)},
            {"request_duration_p99_seconds", to_json(rates.request_duration_p99)},
            {"delivery_latency_p50_seconds", to_json(rates.delivery_latency_p50)},
            {"delivery_latency_p99_seconds", to_json(rates.delivery_latency_p99)}};
}

ordered_json to_json(const Rates& rates) {
    return {{"received_per_second", to_json(rates.received)},
            {"rejected_per_second", to_json(rates.rejected)},
            {"dropped_per_second", to_json(rates.dropped)},
            {"commit_p99_seconds", to_json(rates.commit_p99)},
            {"cpu_cores", to_json(rates.cpu)}};
}

ordered_json to_json(const DestinationStatus& destination) {
    const bool readable = destination.oldest_age.has_value();
    return {
        {"name", destination.name},
        {"host", destination.host},
        {"api_version", destination.api_version},
        {"rate", destination.rate},
        {"owned", destination.owned},
        {"backlog_events", destination.ledger.backlog},
        {"backlog_bytes", readable ? ordered_json(destination.usage.bytes) : ordered_json()},
        {"backlog_oldest_age_seconds", to_json(destination.oldest_age)},
        {"time_to_drain_seconds", to_json(destination.time_to_drain)},
        {"in_flight", destination.in_flight},
        {"in_flight_oldest_age_seconds", to_json(destination.oldest_request_age)},
        {"connections", destination.connections},
        {"accepted", destination.ledger.accepted},
        {"delivered", destination.delivered},
        {"dead_lettered", sum(destination.dead_lettered)},
        {"retries", sum(destination.shown_retries())},
        {"replayed", destination.replayed},
        {"purged", destination.purged},
        {"dead_letters", destination.dead_letters},
        {"dead_letters_uncommitted",
         destination.ledger.retained - std::min(destination.ledger.retained, destination.dead_letters)},
        {"lost", destination.ledger.lost},
        {"retries_by_cause", to_json(destination.shown_retries())},
        {"dead_letters_by_reason", to_json(destination.dead_lettered)},
        {"paused", to_json(destination.paused())},
        {"pauses", to_json(destination.pauses)},
        {"circuit_breaker_open", destination.circuit_breaker.has_value()},
        {"circuit_breaker", to_json(destination.circuit_breaker)},
        {"backlog_max_bytes", destination.usage.max_bytes},
        {"full", destination.usage.full},
        {"request_duration", times_of(destination.request_duration)},
        {"delivery_latency", times_of(destination.delivery_latency)},
        {"rates", to_json(destination.rates)},
    };
}

ordered_json to_json(const std::vector<DestinationStatus>& destinations) {
    auto all = ordered_json::array();
    for (const auto& destination : destinations) all.push_back(to_json(destination));
    return all;
}

// The destination of that name, with what `change_of` it says, if it says anything.
template <class ChangeOf>
void answer_destination(const Status& status, std::string_view name, http::Response& response, ChangeOf change_of) {
    const auto destination = std::ranges::find(status.destinations, name, &DestinationStatus::name);
    if (destination == status.destinations.end())
        return respond_error(response, 404, "there is no destination of that name");
    auto document = to_json(*destination);
    if (auto change = change_of(*destination); !change.is_null()) document["change"] = std::move(change);
    response.body = dumped(document) + "\n";
}

ordered_json to_json(const std::vector<OrphanedStream>& streams) {
    auto all = ordered_json::array();
    for (const auto& stream : streams) {
        all.push_back(
            {{"name", stream.name},
             {"backlog_events", stream.backlog_events},
             {"backlog_bytes", stream.backlog_bytes},
             {"backlog_oldest_age_seconds", to_json(stream.oldest_age)},
             {"dead_letters", stream.dead_letters},
             {"not_taken_over", stream.not_taken_over.empty() ? ordered_json() : ordered_json(stream.not_taken_over)}});
    }
    return all;
}

ordered_json to_json(const journal::ClusterNode& node) {
    return {{"name", node.name},
            {"is_this", node.is_this},
            {"version", node.announcement.version},
            {"configuration", node.announcement.configuration},
            {"secrets", node.announcement.secrets},
            {"admin_address", node.announcement.admin_address},
            {"started_at", time_of(node.started)},
            {"last_seen", time_of(node.last_seen)},
            {"owned", node.owned}};
}

ordered_json to_json(const std::optional<journal::Cluster>& cluster) {
    if (!cluster) return {};
    auto nodes = ordered_json::array();
    for (const auto& node : cluster->nodes) nodes.push_back(to_json(node));
    auto streams = ordered_json::array();
    for (const auto& stream : cluster->streams) {
        streams.push_back(
            {{"name", stream.name},
             {"owner", stream.owner.empty() ? ordered_json() : ordered_json(stream.owner)},
             {"epoch", stream.epoch},
             {"since", stream.since == WallTime{} ? ordered_json() : ordered_json(time_of(stream.since))},
             {"last_record_at",
              stream.last_record == WallTime{} ? ordered_json() : ordered_json(time_of(stream.last_record))},
             {"replicas", stream.replicas},
             {"in_sync_replicas", stream.in_sync},
             {"refused", stream.refusal.empty() ? ordered_json() : ordered_json(stream.refusal)}});
    }
    return {{"nodes", std::move(nodes)},
            {"streams", std::move(streams)},
            {"same_configuration", configurations(*cluster) <= 1},
            {"same_secrets", secret_sets(*cluster) <= 1},
            {"ownership_changes", cluster->ownership_changes},
            {"waiting_records", cluster->waiting_records},
            {"waiting_bytes", cluster->waiting_bytes},
            {"append_errors", cluster->append_errors},
            {"broker_errors", cluster->broker_errors}};
}

ordered_json to_json(const kafka_source::PartitionStatus& partition) {
    return {{"topic", partition.topic},
            {"partition", partition.partition},
            {"next_offset", partition.next ? ordered_json(*partition.next) : ordered_json()},
            {"lag_records", partition.lag ? ordered_json(*partition.lag) : ordered_json()},
            {"waits_for", partition.waits_for ? ordered_json(code(*partition.waits_for)) : ordered_json()}};
}

ordered_json to_json(const std::vector<kafka_source::ReaderStatus>& sources) {
    auto all = ordered_json::array();
    for (const auto& source : sources) {
        auto partitions = ordered_json::array();
        for (const auto& partition : source.partitions) partitions.push_back(to_json(partition));
        const auto lag = source.lag();
        all.push_back({{"source", source.source},
                       {"group", source.group},
                       {"records", source.records},
                       {"bytes", source.bytes},
                       {"lag_records", lag ? ordered_json(*lag) : ordered_json()},
                       {"last_commit_at", source.last_commit ? time_of(*source.last_commit) : ordered_json()},
                       {"errors", source.errors},
                       {"last_error", source.last_error.empty() ? ordered_json() : ordered_json(source.last_error)},
                       {"last_error_at", source.last_error_at ? time_of(*source.last_error_at) : ordered_json()},
                       {"partitions", std::move(partitions)}});
    }
    return all;
}

// Of the sources that have one.
ordered_json write_keys_json(const std::vector<ingest::SourceCounts>& sources) {
    auto all = ordered_json::array();
    for (const auto& source : sources) {
        for (std::size_t i = 0; i < source.keys.size(); ++i) {
            const auto& key = source.keys[i];
            all.push_back({{"source", source.source},
                           {"key", i + 1},
                           {"requests", key.requests},
                           {"last_used_at", key.last_used ? time_of(*key.last_used) : ordered_json()}});
        }
    }
    return all;
}

ordered_json to_json(const std::optional<telemetry::Counts>& counts) {
    if (!counts) return nullptr;
    auto batches = ordered_json::object();
    for (std::size_t i = 0; i < counts->batches.size(); ++i) {
        batches[std::string(telemetry::signal_names[i])] = {{"exported", counts->batches[i].exported},
                                                            {"dropped", counts->batches[i].dropped}};
    }
    return {{"batches", std::move(batches)}, {"spans_dropped", counts->dropped_spans}};
}

ordered_json to_json(const EventTotals& events) {
    return {{"received", events.received},
            {"accepted", events.accepted},
            {"rejected", events.rejected},
            {"dead_lettered", events.dead_lettered},
            {"dropped",
             {{"duplicate", events.duplicate},
              {"integration_disabled", events.integration_disabled},
              {"consent_denied", events.consent_denied},
              {"filtered", events.filtered}}}};
}

ordered_json journal_json(const Status& status) {
    const auto& journal = status.journal;
    return {{"has_room", status.journal_has_room},
            {"full", journal.full},
            {"error", journal.error.empty() ? ordered_json() : ordered_json(journal.error)},
            {"bytes", journal.bytes_on_disk},
            {"max_bytes", journal.max_bytes},
            {"bytes_free", journal.bytes_free},
            {"commits", times_of(journal.commits)}};
}

std::size_t different(const journal::Cluster& cluster, std::string journal::Announcement::* hash) {
    std::set<std::string_view> hashes;
    for (const auto& node : cluster.nodes) {
        const std::string& one = node.announcement.*hash;
        if (!one.empty()) hashes.insert(one);  // else it starts, and has not said it yet
    }
    return hashes.size();
}

ordered_json to_json(const stats::Process& process) {
    return {{"resident_bytes", process.resident_bytes},
            {"cpu_seconds", process.cpu_seconds},
            {"open_files", process.open_files}};
}

}  // namespace

std::optional<NotReady> not_ready(bool draining, bool journal_has_room, const journal::Usage& journal) {
    const auto because = [](NotReadyReason reason, std::string message) {
        return NotReady{std::string(code_of(reason)), std::move(message)};
    };
    const std::string no_events = "the journal accepts no events: ";
    if (draining) {
        return because(NotReadyReason::draining, "it is shutting down (draining) and accepts no new connections");
    }
    if (!journal.error.empty()) return because(NotReadyReason::journal_failed, no_events + journal.error);
    if (journal_has_room) return std::nullopt;
    if (journal.full) {
        const auto free = std::to_string(journal.bytes_free >> 20U) + " MiB free";
        return because(NotReadyReason::journal_full,
                       no_events + (journal.disk_full ? "the disk is full, with only " + free : "it is full"));
    }
    return because(
        NotReadyReason::journal_overloaded,
        no_events + (journal.rejection.empty() ? "too many writes wait for the journal" : journal.rejection));
}

std::uint64_t sum(const CountsByCode& counts) {
    std::uint64_t total = 0;
    for (const auto& count : counts) total += count.second;
    return total;
}

std::size_t configurations(const journal::Cluster& cluster) {
    return different(cluster, &journal::Announcement::configuration);
}

std::size_t secret_sets(const journal::Cluster& cluster) {
    return different(cluster, &journal::Announcement::secrets);
}

// Ready is whether events are accepted. A paused destination does not change that (its events wait on disk), nor does
// one whose share of the journal is full (only its own senders get 503); both are reported.
void answer_ready(const Status& status, http::Response& response) {
    ordered_json document = {{"status", status.not_ready ? status.not_ready->reason : "ready"},
                             {"message", status.not_ready ? ordered_json(status.not_ready->message) : ordered_json()},
                             {"destinations", ordered_json::array()}};
    response.status = status.not_ready ? 503 : 200;
    for (const auto& destination : status.destinations) {
        const auto pauses = anonymous(destination.pauses);
        ordered_json entry = {{"name", destination.name},
                              {"full", destination.usage.full},
                              {"paused", pauses.empty() ? ordered_json() : pauses.front()},
                              {"pauses", pauses},
                              {"circuit_breaker", to_json(destination.circuit_breaker)}};
        if (destination.ledger.lost > 0) entry["lost"] = destination.ledger.lost;
        document["destinations"].push_back(std::move(entry));
    }
    response.body = dumped(document) + "\n";
}

void answer_status(const Status& status, bool redact, config::AdminRole role, http::Response& response) {
    const ordered_json document = {
        {"version", status.version},
        {"started_at", time_of(status.started)},
        {"now", time_of(status.now)},
        {"draining", status.draining},
        {"not_ready", to_json(status.not_ready)},
        {"redact", redact},
        {"role", role == config::AdminRole::operate ? "operate" : "read"},
        {"log_level", status.log_level},
        {"configuration", to_json(status.configuration)},
        {"connections", status.connections},
        {"certificate_expires_at",
         status.certificate_expires ? ordered_json(time_of(*status.certificate_expires)) : ordered_json()},
        {"events", to_json(status.events)},
        {"rejected_by_reason", to_json(status.events.rejected_by_reason)},
        {"write_keys", write_keys_json(status.ingest.sources)},
        {"rates", to_json(status.rates)},
        {"journal", journal_json(status)},
        {"process", to_json(status.process)},
        {"destinations", to_json(status.destinations)},
        {"orphaned_streams", to_json(status.orphaned_streams)},
        {"cluster", to_json(status.cluster)},
        {"kafka_sources", to_json(status.kafka_sources)},
        {"telemetry", to_json(status.telemetry)},
    };
    response.body = dumped(document) + "\n";
}

void answer_destinations(const Status& status, http::Response& response) {
    response.body = dumped({{"destinations", to_json(status.destinations)}}) + "\n";
}

void answer_cluster(const Status& status, http::Response& response) {
    if (!status.cluster) {
        return respond_error(response, 404,
                             "the journal belongs to this node alone; journal.backend: kafka shares one");
    }
    response.body = dumped(to_json(status.cluster)) + "\n";
}

void answer_destination(const Status& status, std::string_view name, http::Response& response) {
    answer_destination(status, name, response, [](const DestinationStatus&) { return ordered_json(); });
}

void answer_paused(const Status& status, std::string_view name, const std::optional<PauseStatus>& before,
                   http::Response& response) {
    answer_destination(status, name, response, [&](const DestinationStatus& destination) {
        const auto after = std::ranges::find(destination.pauses, delivery::code_of(delivery::PauseReason::by_operator),
                                             &PauseStatus::reason);
        auto changed = ordered_json::array();
        if (before && after != destination.pauses.end()) {
            if (after->message != before->message) changed.push_back("message");
            if (after->by != before->by) changed.push_back("by");
        }
        return ordered_json{{"before", to_json(before)}, {"changed", std::move(changed)}};
    });
}

void answer_resumed(const Status& status, std::string_view name, const std::optional<PauseStatus>& before,
                    http::Response& response) {
    answer_destination(status, name, response, [&](const DestinationStatus& destination) {
        auto ended = ordered_json::array();
        if (before) ended.push_back(before->reason);
        auto remaining = ordered_json::array();
        for (const auto& pause : destination.pauses) remaining.push_back(pause.reason);
        return ordered_json{
            {"before", to_json(before)}, {"ended", std::move(ended)}, {"remaining", std::move(remaining)}};
    });
}

}  // namespace pintle::admin
