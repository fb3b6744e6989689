#include "metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <prometheus/text_serializer.h>

#include "pintle/base/reason.hpp"
#include "pintle/base/time.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/delivery/pause_reason.hpp"
#include "pintle/stats/prometheus.hpp"
#include "pintle/telemetry/signal.hpp"

namespace pintle::daemon {
namespace {

constexpr std::chrono::seconds node_silence{5};  // the cluster lists a node for longer while Kafka does not answer

void add(stats::Family& family, std::string_view source, const stats::ReasonCounts& counts) {
    for (const auto& [reason, count] : counts) family.add({{"source", source}, {"reason", code(reason)}}, count);
}

// Over all sources of a destination.
template <class Count>
std::uint64_t sum(const admin::Status& status, std::string_view destination, Count count) {
    std::uint64_t total = 0;
    for (const auto& source : status.ingest.sources) {
        for (const auto& each : source.destinations) {
            if (each.destination == destination) total += count(each);
        }
    }
    return total;
}

void add_ingest(const admin::Status& status, stats::Families& families) {
    using ingest::DestinationCounts;
    auto received =
        stats::Family::counter("pintle_events_received_total",
                               "Events in requests of this source, by type, once whatever the number of its "
                               "destinations; `other`: unreadable events and unknown types.");
    auto rejected =
        stats::Family::counter("pintle_events_rejected_total",
                               "Events that were rejected with an error to their sender, by reason. With an empty "
                               "source: requests whose source is unknown, one each.");
    for (const auto& source : status.ingest.sources) {
        for (std::size_t type = 0; type < source.received.size(); ++type) {
            received.add({{"source", source.source}, {"type", customerio::event_types[type]}}, source.received[type]);
        }
        add(rejected, source.source, source.rejected);
    }
    add(rejected, "", status.ingest.rejected);

    auto accepted =
        stats::Family::counter("pintle_events_accepted_total",
                               "Events that were answered 200 and are on disk; those that cannot be mapped are dead "
                               "letters.");
    auto dropped =
        stats::Family::counter("pintle_events_dropped_total",
                               "Events that were answered 200 and deliberately not kept, by reason: duplicates, "
                               "disabled integrations, denied consent, the destination's filter.");
    for (const auto& destination : status.destinations) {
        const std::string& name = destination.name;
        accepted.add({{"destination", name}}, sum(status, name, [](const DestinationCounts& counts) {
                         return counts.accepted + stats::sum(counts.dead_lettered);
                     }));
        const auto add_dropped = [&](Reason reason, std::uint64_t DestinationCounts::* count, std::uint64_t more = 0) {
            dropped.add({{"destination", name}, {"reason", code(reason)}},
                        more + sum(status, name, [&](const DestinationCounts& counts) { return counts.*count; }));
        };
        add_dropped(Reason::duplicate, &DestinationCounts::duplicate, destination.duplicates);
        add_dropped(Reason::integration_disabled, &DestinationCounts::integration_disabled);
        add_dropped(Reason::consent_denied, &DestinationCounts::consent_denied);
        add_dropped(Reason::filtered, &DestinationCounts::filtered);
    }

    auto durations = stats::Family::histogram(
        "pintle_ingest_request_duration_seconds",
        "Time from a complete request to its response; most of it is the wait for the journal.");
    durations.add({}, status.ingest.response_times);
    for (auto* family : {&received, &rejected, &accepted, &dropped, &durations}) family->move_to(families);
}

void add_keys(const admin::Status& status, stats::Families& families) {
    auto requests = stats::Family::counter("pintle_source_key_requests_total",
                                           "Requests with each write key of a source; `key` is its place in the list, "
                                           "from 1.");
    auto used = stats::Family::gauge("pintle_source_key_last_used_timestamp_seconds",
                                     "When the write key was last used, in seconds since the epoch; 0: not since the "
                                     "start.");
    for (const auto& source : status.ingest.sources) {
        for (std::size_t i = 0; i < source.keys.size(); ++i) {
            const auto number = std::to_string(i + 1);
            const auto last = source.keys[i].last_used.value_or(WallTime{}).time_since_epoch();
            requests.add({{"source", source.source}, {"key", number}}, source.keys[i].requests);
            used.add({{"source", source.source}, {"key", number}}, std::chrono::duration<double>(last).count());
        }
    }
    for (auto* family : {&requests, &used}) family->move_to(families);
}

// After they were accepted, and as they came in.
admin::CountsByCode dead_lettered(const admin::Status& status, const admin::DestinationStatus& destination) {
    auto counts = destination.dead_lettered;
    for (const auto& source : status.ingest.sources) {
        for (const auto& each : source.destinations) {
            if (each.destination != destination.name) continue;
            for (const auto& [reason, count] : each.dead_lettered) counts[std::string(code(reason))] += count;
        }
    }
    return counts;
}

// With every reason, so that a first pause changes an existing series.
void add_paused(const admin::DestinationStatus& destination, stats::Family& paused) {
    for (const auto reason : delivery::pause_reasons) {
        const bool is_paused = std::ranges::find(destination.pauses, delivery::code_of(reason),
                                                 &admin::PauseStatus::reason) != destination.pauses.end();
        paused.add({{"destination", destination.name}, {"reason", delivery::code_of(reason)}}, is_paused ? 1.0 : 0.0);
    }
}

void add_backlog(const admin::Status& status, stats::Families& families) {
    auto events = stats::Family::gauge("pintle_backlog_events", "Events on disk that are not delivered yet.");
    auto bytes = stats::Family::gauge("pintle_backlog_bytes", "Size of the backlog, uncompressed.");
    auto share =
        stats::Family::gauge("pintle_backlog_max_bytes",
                             "The destination's share of the journal: destinations[].max_journal_size; 0: no share "
                             "of its own.");
    auto full =
        stats::Family::gauge("pintle_destination_full",
                             "1 where the backlog exceeds the destination's share of the journal: its events are "
                             "answered 503.");
    auto oldest_age = stats::Family::gauge(
        "pintle_backlog_oldest_age_seconds",
        "Time since the oldest event of the backlog was accepted or replayed; 0 where it is empty.");
    for (const auto& destination : status.destinations) {
        events.add({{"destination", destination.name}}, destination.ledger.backlog);
        share.add({{"destination", destination.name}}, destination.usage.max_bytes);
        full.add({{"destination", destination.name}}, destination.usage.full ? 1.0 : 0.0);
        if (!destination.oldest_age) continue;
        bytes.add({{"destination", destination.name}}, destination.usage.bytes);
        oldest_age.add({{"destination", destination.name}}, *destination.oldest_age);
    }
    for (auto* family : {&events, &bytes, &share, &full, &oldest_age}) family->move_to(families);
}

// Only of streams that hold something: a series ends when its stream is emptied or gets a destination.
void add_orphaned_streams(const admin::Status& status, stats::Families& families) {
    auto events = stats::Family::gauge("pintle_orphaned_stream_events",
                                       "Pending events of a stream that belongs to no destination of the "
                                       "configuration: nobody delivers them.");
    auto letters = stats::Family::gauge("pintle_orphaned_stream_dead_letters", "Dead letters of such a stream.");
    for (const auto& stream : status.orphaned_streams) {
        events.add({{"stream", stream.name}}, stream.backlog_events);
        letters.add({{"stream", stream.name}}, stream.dead_letters);
    }
    for (auto* family : {&events, &letters}) family->move_to(families);
}

// Only of a journal that several nodes share.
void add_cluster(const admin::Status& status, stats::Families& families) {
    if (!status.cluster) return;
    const auto& cluster = *status.cluster;
    auto owned = stats::Family::gauge("pintle_stream_owned",
                                      "1 where this node delivers the destination. The sum over all nodes is 1, and 0 "
                                      "for the seconds of a take-over and while the owner cannot write to Kafka.");
    for (const auto& destination : status.destinations)
        owned.add({{"destination", destination.name}}, std::uint64_t{destination.owned});
    owned.move_to(families);
    const auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
        auto family = stats::Family::gauge(name, help);
        family.add({}, value);
        family.move_to(families);
    };
    const auto counter = [&](const char* name, const char* help, std::uint64_t value) {
        auto family = stats::Family::counter(name, help);
        family.add({}, value);
        family.move_to(families);
    };
    counter("pintle_ownership_changes_total", "How often this node began or ended to deliver a destination.",
            cluster.ownership_changes);
    const auto is_heard = [&](const journal::ClusterNode& node) { return status.now - node.last_seen <= node_silence; };
    gauge("pintle_cluster_nodes", "Nodes that share the journal, as this one sees them; itself included.",
          static_cast<std::uint64_t>(std::ranges::count_if(cluster.nodes, is_heard)));
    gauge("pintle_cluster_configurations",
          "Different configurations of these nodes, or sets of secrets if these are more; 1: all have the same.",
          std::max(admin::configurations(cluster), admin::secret_sets(cluster)));
    gauge("pintle_kafka_waiting_records", "Records that the brokers have not acknowledged yet.",
          cluster.waiting_records);
    gauge("pintle_kafka_waiting_bytes", "Size of these records.", cluster.waiting_bytes);
    counter("pintle_kafka_append_errors_total", "Appends to the journal that failed or took too long.",
            cluster.append_errors);
    counter("pintle_kafka_broker_errors_total", "Errors of connections to the brokers.", cluster.broker_errors);
}

void add_destinations(const admin::Status& status, stats::Families& families) {
    add_backlog(status, families);
    auto delivered =
        stats::Family::counter("pintle_events_delivered_total", "Events that Customer.io accepted with a 2xx.");
    auto dead =
        stats::Family::counter("pintle_events_dead_lettered_total",
                               "Events that became dead letters, by reason: of the mapping, Customer.io's rejection "
                               "with its status, or too_old.");
    auto retries =
        stats::Family::counter("pintle_delivery_retries_total",
                               "Failed attempts to deliver an event that will be retried, by cause: Customer.io's "
                               "status, or transport_error where there was no response.");
    auto paused =
        stats::Family::gauge("pintle_destination_paused",
                             "1 where nothing is sent but probes, for this reason: `operator` (an operator paused "
                             "it; then no probes either), `credentials` (Customer.io rejects our credentials), "
                             "`region_unknown` (the region of its account could not be looked up).");
    auto circuit_breaker =
        stats::Family::gauge("pintle_circuit_breaker_open",
                             "1 where many requests failed and none succeeded, so that only about one a "
                             "second is sent as a probe, and events are pending.");
    auto requests = stats::Family::gauge("pintle_delivery_requests_in_flight",
                                         "Requests to Customer.io whose response has not arrived.");
    auto durations =
        stats::Family::histogram("pintle_delivery_request_duration_seconds",
                                 "Duration of one request to Customer.io, connecting included, to its response "
                                 "or its failure.");
    auto latencies = stats::Family::histogram("pintle_delivery_latency_seconds",
                                              "Time of a delivered event from accepted, or replayed, to delivered.");
    for (const auto& destination : status.destinations) {
        const std::string& name = destination.name;
        delivered.add({{"destination", name}}, destination.delivered);
        for (const auto& [reason, count] : dead_lettered(status, destination))
            dead.add({{"destination", name}, {"reason", reason}}, count);
        for (const auto& [cause, count] : destination.retries)
            retries.add({{"destination", name}, {"cause", cause}}, count);
        add_paused(destination, paused);
        circuit_breaker.add({{"destination", name}}, destination.circuit_breaker ? 1.0 : 0.0);
        requests.add({{"destination", name}}, destination.in_flight);
        durations.add({{"destination", name}}, destination.request_duration);
        latencies.add({{"destination", name}}, destination.delivery_latency);
    }
    for (auto* family : {&delivered, &dead, &retries, &paused, &circuit_breaker, &requests, &durations, &latencies}) {
        family->move_to(families);
    }
}

struct Account {
    const char* name;
    const char* help;
    std::uint64_t journal::Ledger::* count;
};

// In the order of the two equations that the help texts give.
constexpr Account accounts[] = {
    {"pintle_ledger_accepted_events",
     "Events ever accepted, across restarts. In every scrape: accepted + replayed = delivered + dead_lettered + "
     "duplicates + lost + pintle_backlog_events.",
     &journal::Ledger::accepted},
    {"pintle_ledger_replayed_events", "Events that replays of dead letters ever put back into the backlog.",
     &journal::Ledger::replayed},
    {"pintle_ledger_delivered_events",
     "Events ever delivered. A crash takes back those that are delivered again after it.", &journal::Ledger::delivered},
    {"pintle_ledger_dead_lettered_events",
     "Events that ever became dead letters. In every scrape: dead_lettered = pintle_dead_letters + replayed_out + "
     "purged + evicted.",
     &journal::Ledger::dead_lettered},
    {"pintle_ledger_duplicate_events",
     "Events ever dropped because another node that shares the journal had accepted the same messageId before.",
     &journal::Ledger::duplicates},
    {"pintle_ledger_lost_events", "Events that were durable and that the disk lost. Should always be 0.",
     &journal::Ledger::lost},
    {"pintle_dead_letters", "Dead letters that are retained.", &journal::Ledger::retained},
    {"pintle_ledger_replayed_out_letters",
     "Dead letters that replays ever removed; as many as replayed events, unless a replay was repeated because the "
     "disk failed.",
     &journal::Ledger::replayed_out},
    {"pintle_ledger_purged_letters", "Dead letters ever purged by an operator.", &journal::Ledger::purged},
    {"pintle_ledger_evicted_letters", "Dead letters ever evicted because of journal.max_dead_letters.",
     &journal::Ledger::evicted},
};

void add_ledger(const admin::Status& status, stats::Families& families) {
    for (const auto& account : accounts) {
        auto family = stats::Family::gauge(account.name, account.help);
        for (const auto& destination : status.destinations) {
            family.add({{"destination", destination.name}}, destination.ledger.*account.count);
        }
        family.move_to(families);
    }
}

void add_journal(const journal::Usage& usage, stats::Families& families) {
    const auto add = [&](const char* name, const char* help, std::uint64_t value) {
        stats::Family::gauge(name, help).add({}, value).move_to(families);
    };
    add("pintle_journal_bytes", "Approximate size of the journal on disk.", usage.bytes_on_disk);
    add("pintle_journal_max_bytes", "journal.max_size: above it events are answered 503.", usage.max_bytes);
    add("pintle_journal_free_bytes", "Free space on the journal's file system.", usage.bytes_free);
    stats::Family::histogram("pintle_journal_commit_duration_seconds",
                             "Duration of one commit: a durable write, which many requests share.")
        .add({}, usage.commits)
        .move_to(families);
}

void add_process(const stats::Process& process, stats::Families& families) {
    stats::Family::counter("process_cpu_seconds_total", "User and system time, in seconds.")
        .add({}, process.cpu_seconds)
        .move_to(families);
    const auto add = [&](const char* name, const char* help, double value) {
        stats::Family::gauge(name, help).add({}, value).move_to(families);
    };
    add("process_resident_memory_bytes", "Resident memory.", static_cast<double>(process.resident_bytes));
    add("process_open_fds", "Open file descriptors.", static_cast<double>(process.open_files));
    add("process_max_fds", "Maximum number of open file descriptors.", static_cast<double>(process.max_files));
    add("process_start_time_seconds", "When the process started, in seconds since the epoch.", process.start_time);
}

void add_configuration(const admin::ConfigurationStatus& configuration, stats::Families& families) {
    stats::Family::gauge("pintle_config_last_reload_successful",
                         "1: the latest reload put the configuration in force, or there was none; 0: it was rejected, "
                         "and the one of before is in force.")
        .add({}, configuration.rejected ? 0.0 : 1.0)
        .move_to(families);
    stats::Family::gauge("pintle_config_last_reload_success_timestamp_seconds",
                         "When the configuration in force was loaded, in seconds since the epoch.")
        .add({}, std::chrono::duration<double>(configuration.loaded.time_since_epoch()).count())
        .move_to(families);
    stats::Family::gauge("pintle_config_pending_restart",
                         "Keys that the latest successful reload changed and that wait for a restart.")
        .add({}, static_cast<double>(configuration.pending_restart.size()))
        .move_to(families);
}

void add_daemon(const admin::Status& status, stats::Families& families) {
    std::uint64_t delivery = 0;
    for (const auto& destination : status.destinations) delivery += destination.connections;
    stats::Family::gauge("pintle_connections", "Open connections: of senders, to Customer.io.")
        .add({{"side", "ingest"}}, status.connections)
        .add({{"side", "delivery"}}, delivery)
        .move_to(families);
    if (status.certificate_expires) {
        stats::Family::gauge("pintle_ingest_tls_certificate_expiry_timestamp_seconds",
                             "When the certificate of ingest.tls, or one of its chain, expires, in seconds since the "
                             "epoch. Only with TLS.")
            .add({}, std::chrono::duration<double>(status.certificate_expires->time_since_epoch()).count())
            .move_to(families);
    }
    stats::Family::gauge("pintle_ready", "1 where events are accepted, as /ready says.")
        .add({}, status.not_ready ? 0.0 : 1.0)
        .move_to(families);
    stats::Family::gauge("pintle_build_info", "Always 1; the labels name the build.")
        .add({{"version", status.version}, {"compiler", __VERSION__}}, 1.0)
        .move_to(families);
}

void add_kafka_sources(const admin::Status& status, stats::Families& families) {
    auto records = stats::Family::counter("pintle_kafka_source_records_total",
                                          "Records that the source has read of its topics: on disk, or dropped.");
    auto bytes = stats::Family::counter("pintle_kafka_source_bytes_total", "Size of the values of these records.");
    auto errors = stats::Family::counter("pintle_kafka_source_errors_total",
                                         "Errors between the source and Kafka; it goes on by itself.");
    auto partitions = stats::Family::gauge("pintle_kafka_source_partitions",
                                           "Partitions that the source's group has assigned to this daemon.");
    auto lag = stats::Family::gauge("pintle_kafka_source_lag_records",
                                    "Records of the assigned partitions that are not read yet, by topic.");
    auto waiting = stats::Family::gauge("pintle_kafka_source_waiting_partitions",
                                        "Assigned partitions of which no record can be taken now, by reason.");
    auto committed = stats::Family::gauge("pintle_kafka_source_last_commit_timestamp_seconds",
                                          "When the source last committed offsets; 0: not since the start.");
    for (const auto& source : status.kafka_sources) {
        const std::string& name = source.source;
        records.add({{"source", name}}, source.records);
        bytes.add({{"source", name}}, source.bytes);
        errors.add({{"source", name}}, source.errors);
        partitions.add({{"source", name}}, static_cast<double>(source.partitions.size()));
        committed.add(
            {{"source", name}},
            source.last_commit ? std::chrono::duration<double>(source.last_commit->time_since_epoch()).count() : 0.0);
        std::map<std::string_view, std::int64_t> behind;
        std::map<Reason, std::size_t> waits;
        for (const auto reason : kafka_source::wait_reasons) waits[reason] = 0;
        for (const auto& partition : source.partitions) {
            behind[partition.topic] += partition.lag.value_or(0);
            if (partition.waits_for) ++waits[*partition.waits_for];
        }
        for (const auto& [topic, count] : behind)
            lag.add({{"source", name}, {"topic", topic}}, static_cast<double>(count));
        for (const auto& [reason, count] : waits)
            waiting.add({{"source", name}, {"reason", code(reason)}}, static_cast<double>(count));
    }
    for (auto* family : {&records, &bytes, &errors, &partitions, &lag, &waiting, &committed}) family->move_to(families);
}

void add_telemetry(const telemetry::Counts& counts, stats::Families& families) {
    auto batches = stats::Family::counter(
        "pintle_telemetry_batches_total",
        "Batches of metrics and of traces for the OpenTelemetry collector, by outcome: exported, or dropped because it "
        "rejected them or did not accept them in time.");
    for (std::size_t i = 0; i < counts.batches.size(); ++i) {
        batches.add({{"signal", telemetry::signal_names[i]}, {"outcome", "exported"}}, counts.batches[i].exported);
        batches.add({{"signal", telemetry::signal_names[i]}, {"outcome", "dropped"}}, counts.batches[i].dropped);
    }
    batches.move_to(families);
    stats::Family::counter("pintle_telemetry_spans_dropped_total",
                           "Spans that were not exported because too many were waiting for it.")
        .add({}, counts.dropped_spans)
        .move_to(families);
}

}  // namespace

stats::Families metrics(const admin::Status& status) {
    stats::Families families;
    add_ingest(status, families);
    add_keys(status, families);
    add_destinations(status, families);
    add_orphaned_streams(status, families);
    add_cluster(status, families);
    add_ledger(status, families);
    add_journal(status.journal, families);
    add_configuration(status.configuration, families);
    add_daemon(status, families);
    add_kafka_sources(status, families);
    add_telemetry(status.telemetry.value_or(telemetry::Counts{}), families);
    add_process(status.process, families);
    return families;
}

std::string prometheus_text(const admin::Status& status) {
    return prometheus::TextSerializer().Serialize(metrics(status));
}

}  // namespace pintle::daemon
