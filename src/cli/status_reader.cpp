#include "status_reader.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "pintle/base/terminal_text.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using admin::DestinationStatus;
using admin::Figure;
using admin::Status;
using nlohmann::json;

constexpr std::chrono::seconds owner_silence{5};  // it writes several times a second

// Null where it is missing.
const json& at(const json& object, const char* key) {
    static const json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::uint64_t number(const json& object, const char* key) {
    return read_unsigned(at(object, key)).value_or(0);
}

Figure figure(const json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_number() ? Figure(value.get<double>()) : std::nullopt;
}

bool flag(const json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_boolean() && value.get<bool>();
}

std::string text(const json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_string() ? text::shown(value.get<std::string>()) : std::string();
}

std::vector<std::string> texts(const json& object, const char* key) {
    std::vector<std::string> all;
    for (const auto& each : at(object, key))
        if (each.is_string()) all.push_back(text::shown(each.get<std::string>()));
    return all;
}

WallTime time(const json& object, const char* key) {
    return WallTime(customerio::read_time(text(object, key)).value_or(std::chrono::milliseconds(0)));
}

admin::CountsByCode counts(const json& object, const char* key) {
    admin::CountsByCode counts;
    const auto& value = at(object, key);
    if (!value.is_object()) return counts;
    for (const auto& [name, count] : value.items()) {
        if (count.is_number()) counts[text::shown(name)] += read_unsigned(count).value_or(0);
    }
    return counts;
}

admin::DestinationRates read_destination_rates(const json& document) {
    return {figure(document, "accepted_per_second"),          figure(document, "delivered_per_second"),
            figure(document, "retries_per_second"),           figure(document, "dead_lettered_per_second"),
            figure(document, "backlog_per_second"),           figure(document, "request_duration_p50_seconds"),
            figure(document, "request_duration_p99_seconds"), figure(document, "delivery_latency_p50_seconds"),
            figure(document, "delivery_latency_p99_seconds")};
}

DestinationStatus read_destination(const json& document) {
    DestinationStatus status;
    status.name = text(document, "name");
    status.host = text(document, "host");
    status.api_version = text(document, "api_version");
    status.rate = figure(document, "rate").value_or(0);
    status.owned = flag(document, "owned");
    status.ledger.accepted = number(document, "accepted");
    status.ledger.backlog = number(document, "backlog_events");
    status.ledger.lost = number(document, "lost");
    status.usage = {
        number(document, "backlog_bytes"), number(document, "backlog_max_bytes"), flag(document, "full"), {}};
    status.oldest_age = figure(document, "backlog_oldest_age_seconds");
    status.time_to_drain = figure(document, "time_to_drain_seconds");
    status.in_flight = number(document, "in_flight");
    status.oldest_request_age = figure(document, "in_flight_oldest_age_seconds");
    status.connections = number(document, "connections");
    status.delivered = number(document, "delivered");
    status.dead_lettered = counts(document, "dead_letters_by_reason");
    status.retries = counts(document, "retries_by_cause");
    status.replayed = number(document, "replayed");
    status.purged = number(document, "purged");
    status.dead_letters = number(document, "dead_letters");
    status.ledger.retained = status.dead_letters + number(document, "dead_letters_uncommitted");
    if (const auto& pauses = at(document, "pauses"); pauses.is_array()) {
        for (const auto& pause : pauses) status.pauses.push_back(read_pause(pause));
    } else if (const auto& paused = at(document, "paused"); paused.is_object()) {
        status.pauses.push_back(read_pause(paused));  // of an earlier version
    }
    if (flag(document, "circuit_breaker_open")) {
        const auto& open = at(document, "circuit_breaker");
        status.circuit_breaker = {time(open, "since"), text(open, "message")};
    }
    status.rates = read_destination_rates(at(document, "rates"));
    return status;
}

std::string describe_failure(const admin::CircuitBreakerStatus& open) {
    if (open.since == WallTime{}) return ", as all requests fail";
    return " since " + to_iso8601(open.since) + ": " + open.message;
}

journal::Cluster read_cluster(const json& document) {
    journal::Cluster cluster;
    for (const auto& each : at(document, "nodes")) {
        auto& node = cluster.nodes.emplace_back();
        node.name = text(each, "name");
        node.is_this = flag(each, "is_this");
        node.announcement = {text(each, "version"), text(each, "configuration"), text(each, "admin_address"),
                             text(each, "secrets")};
        node.started = time(each, "started_at");
        node.last_seen = time(each, "last_seen");
        node.owned = texts(each, "owned");
    }
    for (const auto& each : at(document, "streams")) {
        cluster.streams.push_back({text(each, "name"), text(each, "owner"), number(each, "epoch"), time(each, "since"),
                                   time(each, "last_record_at"), static_cast<int>(number(each, "replicas")),
                                   static_cast<int>(number(each, "in_sync_replicas")), text(each, "refused")});
    }
    cluster.ownership_changes = number(document, "ownership_changes");
    cluster.waiting_records = number(document, "waiting_records");
    cluster.waiting_bytes = number(document, "waiting_bytes");
    cluster.append_errors = number(document, "append_errors");
    cluster.broker_errors = number(document, "broker_errors");
    return cluster;
}

admin::ConfigurationStatus read_configuration(const json& document) {
    admin::ConfigurationStatus configuration{time(document, "loaded_at"), {}, texts(document, "pending_restart")};
    const auto& rejected = at(document, "rejected");
    if (!rejected.is_object()) return configuration;
    auto& reload = configuration.rejected.emplace();
    reload.since = time(rejected, "since");
    reload.by = text(rejected, "by");
    reload.problems = texts(rejected, "problems");
    return configuration;
}

admin::EventTotals read_events(const json& document) {
    const auto& events = at(document, "events");
    const auto& dropped = at(events, "dropped");
    return {number(events, "received"),        number(events, "rejected"),   number(events, "accepted"),
            number(events, "dead_lettered"),   number(dropped, "duplicate"), number(dropped, "integration_disabled"),
            number(dropped, "consent_denied"), number(dropped, "filtered"),  counts(document, "rejected_by_reason")};
}

kafka_source::ReaderStatus read_kafka_source(const json& document) {
    kafka_source::ReaderStatus source;
    source.source = text(document, "source");
    source.group = text(document, "group");
    source.records = number(document, "records");
    source.bytes = number(document, "bytes");
    source.errors = number(document, "errors");
    if (at(document, "last_commit_at").is_string()) source.last_commit = time(document, "last_commit_at");
    source.last_error = text(document, "last_error");
    if (at(document, "last_error_at").is_string()) source.last_error_at = time(document, "last_error_at");
    for (const auto& each : at(document, "partitions")) {
        auto& partition = source.partitions.emplace_back();
        partition.topic = text(each, "topic");
        partition.partition = static_cast<std::int32_t>(number(each, "partition"));
        const auto offset = [&](const char* name) {
            return at(each, name).is_number() ? std::optional(static_cast<std::int64_t>(number(each, name)))
                                              : std::nullopt;
        };
        partition.next = offset("next_offset");
        partition.lag = offset("lag_records");
        partition.waits_for = find_reason(text(each, "waits_for"));
    }
    return source;
}

std::optional<telemetry::Counts> read_telemetry(const json& document) {
    if (!document.is_object()) return std::nullopt;
    telemetry::Counts counts;
    for (std::size_t i = 0; i < counts.batches.size(); ++i) {
        const std::string signal(telemetry::signal_names.at(i));
        const auto& batches = at(at(document, "batches"), signal.c_str());
        counts.batches.at(i) = {number(batches, "exported"), number(batches, "dropped")};
    }
    counts.dropped_spans = number(document, "spans_dropped");
    return counts;
}

}  // namespace

std::optional<Status> read_status(std::string_view json_text) {
    const auto document = parse_json(json_text);
    if (!at(document, "version").is_string() || !at(document, "destinations").is_array()) return std::nullopt;
    Status status;
    status.version = text(document, "version");
    status.started = time(document, "started_at");
    status.now = time(document, "now");
    status.log_level = text(document, "log_level");
    status.draining = flag(document, "draining");
    if (const auto& reason = at(document, "not_ready"); reason.is_object())
        status.not_ready = {text(reason, "reason"), text(reason, "message")};
    status.configuration = read_configuration(at(document, "configuration"));
    status.connections = number(document, "connections");
    if (at(document, "certificate_expires_at").is_string())
        status.certificate_expires = time(document, "certificate_expires_at");
    status.events = read_events(document);
    for (const auto& each : at(document, "write_keys")) {
        const auto source = text(each, "source");
        if (status.ingest.sources.empty() || status.ingest.sources.back().source != source)
            status.ingest.sources.emplace_back().source = source;
        auto& key = status.ingest.sources.back().keys.emplace_back();
        key.requests = number(each, "requests");
        if (at(each, "last_used_at").is_string()) key.last_used = time(each, "last_used_at");
    }
    const auto& journal = at(document, "journal");
    status.journal_has_room = flag(journal, "has_room");
    status.journal.full = flag(journal, "full");
    status.journal.error = text(journal, "error");
    status.journal.bytes_on_disk = number(journal, "bytes");
    status.journal.max_bytes = number(journal, "max_bytes");
    status.journal.bytes_free = number(journal, "bytes_free");
    const auto& rates = at(document, "rates");
    status.rates = {figure(rates, "received_per_second"), figure(rates, "rejected_per_second"),
                    figure(rates, "dropped_per_second"), figure(rates, "commit_p99_seconds"),
                    figure(rates, "cpu_cores")};
    const auto& process = at(document, "process");
    status.process.resident_bytes = number(process, "resident_bytes");
    status.process.cpu_seconds = figure(process, "cpu_seconds").value_or(0);
    status.process.open_files = number(process, "open_files");
    for (const auto& each : at(document, "destinations")) status.destinations.push_back(read_destination(each));
    for (const auto& each : at(document, "orphaned_streams")) {
        status.orphaned_streams.push_back({text(each, "name"), number(each, "backlog_events"),
                                           number(each, "backlog_bytes"), number(each, "dead_letters"),
                                           figure(each, "backlog_oldest_age_seconds"), text(each, "not_taken_over")});
    }
    for (const auto& each : at(document, "kafka_sources")) status.kafka_sources.push_back(read_kafka_source(each));
    status.telemetry = read_telemetry(at(document, "telemetry"));
    if (const auto& cluster = at(document, "cluster"); cluster.is_object()) status.cluster = read_cluster(cluster);
    return status;
}

admin::PauseStatus read_pause(const json& document) {
    return {text(document, "reason"), time(document, "since"), text(document, "message"), text(document, "by")};
}

std::string describe_pause(const admin::PauseStatus& pause) {
    std::string out = "(" + pause.reason + ")";
    if (!pause.by.empty()) out += " by " + pause.by;
    return out + " since " + to_iso8601(pause.since) + ": " + pause.message;
}

std::vector<std::string> why_not_sent(const DestinationStatus& destination) {
    std::vector<std::string> reasons;
    reasons.reserve(destination.pauses.size() + 1);
    for (const auto& pause : destination.pauses)
        reasons.push_back(destination.name + " is paused " + describe_pause(pause));
    if (destination.circuit_breaker)
        reasons.push_back(destination.name + ": circuit breaker open" + describe_failure(*destination.circuit_breaker));
    return reasons;
}

bool is_owner_silent(const journal::ClusterStream& stream, WallTime now) {
    return !stream.owner.empty() && stream.last_record != WallTime{} && now - stream.last_record > owner_silence;
}

namespace {

// Empty: there is none.
std::string problem_of(const journal::ClusterStream& stream, WallTime now) {
    const auto refusal = stream.refusal.empty() ? "" : "; this one refuses it: " + stream.refusal;
    if (stream.owner.empty()) return "no node delivers it" + refusal;
    if (is_owner_silent(stream, now)) {
        const auto silent = std::chrono::floor<std::chrono::seconds>(now - stream.last_record).count();
        return "it is not known who delivers it: node " + stream.owner + ", which owned it, has written nothing for " +
               std::to_string(silent) + " s" + refusal;
    }
    return stream.refusal.empty() ? "" : "node " + stream.owner + " delivers it" + refusal;
}

}  // namespace

std::string trouble_of(const Status& status) {
    std::string out;
    const auto add = [&](const std::string& what) { out.append(out.empty() ? "" : "; ").append(what); };
    if (status.not_ready) add(status.not_ready->message);
    for (const auto& destination : status.destinations) {
        if (destination.usage.full)
            add("events for " + destination.name + " get 503: its share of the journal is full");
        for (const auto& reason : why_not_sent(destination)) add(reason);
    }
    if (status.cluster) {
        for (const auto& stream : status.cluster->streams)
            if (const auto problem = problem_of(stream, status.now); !problem.empty())
                add(stream.name + ": " + problem);
        if (admin::configurations(*status.cluster) > 1) {
            add("the nodes have different configurations");
        } else if (admin::secret_sets(*status.cluster) > 1) {
            add("the nodes have different secrets (write keys, site ids, API keys)");
        }
    }
    if (status.certificate_expires && *status.certificate_expires <= status.now)
        add("the certificate of ingest.tls expired at " + to_iso8601(*status.certificate_expires));
    for (const auto& stream : status.orphaned_streams) add("the stream " + stream.name + " has no destination");
    if (const auto& rejected = status.configuration.rejected)
        add("the configuration cannot be reloaded since " + to_iso8601(rejected->since));
    return out;
}

bool has_slow_request(const DestinationStatus& destination) {
    constexpr double slow = 1;  // seconds
    return destination.oldest_request_age.value_or(0) >= slow;
}

std::string state_of(const DestinationStatus& destination) {
    if (!destination.pauses.empty()) return "paused";
    if (destination.circuit_breaker) return "circuit_breaker_open";
    return destination.ledger.backlog > 0 ? "delivering" : "idle";
}

std::string state_in_words(const DestinationStatus& destination) {
    auto words = state_of(destination);
    if (words == "circuit_breaker_open") return "circuit open";  // tables are 80 columns wide
    std::ranges::replace(words, '_', ' ');
    return words;
}

}  // namespace pintle::cli
