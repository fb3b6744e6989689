#include "status_text.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "pintle/base/certificate_expiry.hpp"
#include "pintle/base/terminal_text.hpp"
#include "status_reader.hpp"
#include "terminal/figures.hpp"
#include "terminal/table.hpp"

namespace pintle::cli {
namespace {

using terminal::Alignment;
using terminal::grouped;

constexpr std::size_t max_causes = 5;
constexpr std::size_t max_columns = 80;
constexpr std::chrono::seconds silence{3};  // of a node: it announces itself every second

// `server_error_503 12`, `transport_error 3`: the most frequent first, without zeros.
std::vector<std::string> causes(const std::map<std::string, std::uint64_t>& counts) {
    std::vector<std::pair<std::string, std::uint64_t>> all(counts.begin(), counts.end());
    std::erase_if(all, [](const auto& each) { return each.second == 0; });
    std::ranges::stable_sort(all, std::greater<>(), &decltype(all)::value_type::second);
    std::vector<std::string> out;
    for (std::size_t i = 0; i < std::min(all.size(), max_causes); ++i) {
        out.push_back(all[i].first + " " + grouped(all[i].second));
    }
    if (all.size() > max_causes) out.emplace_back("and others");
    return out;
}

// The parts with commas, in lines of up to 80 columns; further lines are indented.
std::string wrapped(const std::vector<std::string>& parts) {
    std::string out;
    std::size_t width = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto part = parts[i];
        if (i + 1 < parts.size()) part += ',';
        const auto columns = text::width_of(part);
        const bool fits = width + 1 + columns <= max_columns;
        if (i > 0) out += fits ? " " : "\n    ";
        width = i == 0 || !fits ? columns + (i == 0 ? 0 : 4) : width + 1 + columns;
        out += part;
    }
    return out + "\n";
}

// `customerio: retries: server_error_503 12, transport_error 3`
std::string with_causes(const std::string& what, const std::map<std::string, std::uint64_t>& counts) {
    auto parts = causes(counts);
    if (parts.empty()) return wrapped({what});
    parts.front().insert(0, what + ": ");
    return wrapped(parts);
}

std::uint64_t backlog(const admin::Status& status) {
    std::uint64_t all = 0;
    for (const auto& destination : status.destinations) all += destination.ledger.backlog;
    return all;
}

// Whether a node is known to own the stream.
bool is_delivered(const admin::Status& status, const admin::DestinationStatus& destination) {
    if (!status.cluster || !destination.pauses.empty()) return true;
    const auto& streams = status.cluster->streams;
    const auto stream = std::ranges::find(streams, destination.name, &journal::ClusterStream::name);
    return stream == streams.end() || (!stream->owner.empty() && !is_owner_silent(*stream, status.now));
}

std::string table_of(const admin::Status& status) {
    terminal::Table table({{"DESTINATION"},
                           {"STATE"},
                           {"BACKLOG", Alignment::right},
                           {"OLDEST", Alignment::right},
                           {"DELIVERED", Alignment::right},
                           {"RETRIES", Alignment::right},
                           {"LETTERS", Alignment::right}});
    std::vector<terminal::Table::Row> rows;
    for (const auto& each : status.destinations) {
        const auto& age = each.oldest_age;
        const auto oldest = age ? terminal::short_duration(*age) : "?";
        rows.push_back({each.name, is_delivered(status, each) ? state_in_words(each) : "no owner",
                        grouped(each.ledger.backlog), each.ledger.backlog > 0 ? oldest : "-", grouped(each.delivered),
                        grouped(admin::sum(each.shown_retries())), grouped(each.dead_letters)});
    }
    const auto lines = table.lines(rows);
    return table.header() + lines;
}

std::string describe_orphan(const admin::OrphanedStream& stream) {
    std::string backlog = grouped(stream.backlog_events) + " pending";
    if (stream.backlog_events > 0 && stream.oldest_age)
        backlog += " (oldest " + terminal::short_duration(*stream.oldest_age) + ")";
    const auto line = wrapped({"warning: the stream " + stream.name + " has no destination", backlog,
                               terminal::counted(stream.dead_letters, "dead letter")});
    return stream.not_taken_over.empty() ? line : line + wrapped({"  " + stream.not_taken_over});
}

// What the counts count, where one cannot see it from their sum.
std::string explain_sum(const admin::EventTotals& events) {
    if (events.received == events.accepted + events.dead_lettered + events.rejected + events.dropped()) return {};
    return "  (accepted, dead-lettered and dropped count once for each destination, also\n"
           "  removed ones; rejected also counts requests without a known source)\n";
}

// How long ago that was.
std::string ago(WallTime time, WallTime now) {
    return terminal::short_duration(std::max(0.0, std::chrono::duration<double>(now - time).count())) + " ago";
}

// `web: write key 1: 1,200 requests since then, the last one 12 s ago`, of a source with several keys: it shows whether
// an old one is still used.
std::string describe_keys(const ingest::SourceCounts& source, WallTime now) {
    if (source.keys.size() < 2) return {};
    std::string out;
    for (std::size_t i = 0; i < source.keys.size(); ++i) {
        const auto& key = source.keys[i];
        const auto name = source.source + ": write key " + std::to_string(i + 1);
        out += key.last_used ? wrapped({name + ": " + terminal::counted(key.requests, "request") + " since then",
                                        "the last one " + ago(*key.last_used, now)})
                             : wrapped({name + ": not used since then"});
    }
    return out;
}

// `shop: reads Kafka as the group pintle, 3 partitions, 1,200 records, lag 12, committed 1.0 s ago`
std::string describe_kafka_source(const kafka_source::ReaderStatus& source, WallTime now) {
    const auto count = source.partitions.size();
    const auto lag = source.lag();
    std::vector<std::string> parts{
        source.source + ": reads Kafka as the group " + source.group,
        grouped(count) + (count == 1 ? " partition" : " partitions"),
        grouped(source.records) + " records since then",
        "lag " + (lag ? grouped(static_cast<std::uint64_t>(*lag)) : "unknown"),
        source.last_commit ? "committed " + ago(*source.last_commit, now) : "nothing committed",
    };
    std::map<std::string, std::uint64_t> waits;
    for (const auto& partition : source.partitions) {
        if (partition.waits_for) ++waits[std::string(code(*partition.waits_for))];
    }
    auto out = wrapped(parts);
    if (!waits.empty()) out += with_causes("  partitions that wait", waits);
    if (source.last_error_at)
        out += wrapped({"  last error " + ago(*source.last_error_at, now) + ": " + source.last_error});
    return out;
}

// `node pintle-1 (not heard for 4.0 s)`
std::string describe_node(const journal::ClusterNode& node, WallTime now) {
    const auto silent = std::chrono::duration<double>(now - node.last_seen);
    if (node.is_this) return "node " + node.name + " (this one)";
    if (silent < silence || node.last_seen == WallTime{}) return "node " + node.name;
    return "node " + node.name + " (not heard for " + terminal::short_duration(silent.count()) + ")";
}

// What the node owns, but for streams of which nothing is known now.
std::string describe_owned(const journal::ClusterNode& node, const journal::Cluster& cluster, WallTime now) {
    std::string out;
    for (const auto& name : node.owned) {
        const auto stream = std::ranges::find(cluster.streams, name, &journal::ClusterStream::name);
        const bool is_silent = stream != cluster.streams.end() && is_owner_silent(*stream, now);
        if (!is_silent) out += (out.empty() ? "delivers " : ", ") + name;
    }
    return out.empty() ? "delivers nothing" : out;
}

std::string describe_cluster(const journal::Cluster& cluster, WallTime now) {
    std::string out = "\n";
    for (const auto& node : cluster.nodes) {
        out += wrapped({describe_node(node, now), "pintle " + node.announcement.version,
                        "configuration " + node.announcement.configuration, describe_owned(node, cluster, now)});
    }
    // They are sorted by name.
    const auto same = std::ranges::adjacent_find(cluster.nodes, {}, &journal::ClusterNode::name);
    if (same != cluster.nodes.end()) {
        out += "warning: two nodes are named " + same->name + ": each needs its own journal.kafka.node_name\n";
    }
    for (const auto& stream : cluster.streams) {
        if (stream.in_sync < stream.replicas) {
            out += "warning: the topic of " + stream.name + " has " + std::to_string(stream.in_sync) + " of " +
                   std::to_string(stream.replicas) + " replicas in sync\n";
        }
    }
    return out;
}

// A problem is one line, as it names a file and a line that people copy.
std::string describe_rejection(const admin::RejectedReload& rejected) {
    std::string out =
        "warning: the last reload (" + rejected.by + ") was rejected; the configuration of before is in force\n";
    for (const auto& problem : rejected.problems) out.append("    ").append(problem).append("\n");
    return out;
}

// A key is one part, as people search for it.
std::string describe_pending_restart(const std::vector<std::string>& keys) {
    auto parts = keys;
    parts.front().insert(0, "warning: the configuration waits for a restart: ");
    return wrapped(parts);
}

// Empty where nothing was dropped.
std::string describe_telemetry(const telemetry::Counts& counts) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < counts.batches.size(); ++i) {
        const auto count = counts.batches.at(i).dropped;
        if (count == 0) continue;
        parts.push_back(grouped(count) + (count == 1 ? " batch of " : " batches of ") +
                        std::string(telemetry::signal_names.at(i)));
    }
    if (counts.dropped_spans > 0) parts.push_back(terminal::counted(counts.dropped_spans, "span"));
    if (parts.empty()) return {};
    parts.front().insert(0, "warning: telemetry dropped since then: ");
    return wrapped(parts);
}

// Empty while there is time. An expired one is said above.
std::string describe_certificate(const admin::Status& status) {
    if (!status.certificate_expires) return {};
    const auto left = *status.certificate_expires - status.now;
    if (left <= WallTime::duration::zero() || left > certificate_warning) return {};
    return "warning: the certificate of ingest.tls expires in " +
           terminal::short_duration(std::chrono::duration<double>(left).count()) + "\n";
}

}  // namespace

std::string losses_of(const admin::Status& status) {
    std::uint64_t lost = 0;
    for (const auto& each : status.destinations) lost += each.ledger.lost;
    if (lost == 0) return {};
    return (status.cluster ? "Kafka has lost " : "the disk has lost ") + grouped(lost) +
           (lost == 1 ? " event or dead letter" : " events or dead letters");
}

std::string describe_status(const admin::Status& status, const std::string& address) {
    const auto trouble = trouble_of(status);
    const auto losses = losses_of(status);
    const auto& events = status.events;
    const admin::CountsByCode dropped = {{"duplicate", events.duplicate},
                                         {"integration_disabled", events.integration_disabled},
                                         {"consent_denied", events.consent_denied},
                                         {"filtered", events.filtered}};
    std::string out;
    if (trouble.empty()) {
        out.append(losses.empty() ? "healthy: accepts events, no destination is paused, "
                                  : "healthy, but " + losses + "; ");
        out.append(grouped(backlog(status)));
        out += " in the backlog\n";
    } else {
        out.append("not healthy: ").append(trouble).append(losses.empty() ? "" : "; " + losses).append("\n");
    }
    out += wrapped({"pintle " + status.version + " at " + address,
                    "up " + terminal::short_duration(status.uptime().count()),
                    grouped(status.connections) + (status.connections == 1 ? " connection" : " connections"),
                    "journal " + terminal::short_size(status.journal.bytes_on_disk) + " of " +
                        terminal::short_size(status.journal.max_bytes)});
    out += wrapped({"events since then: " + grouped(events.received) + " received",
                    grouped(events.accepted) + " accepted", grouped(events.dead_lettered) + " dead-lettered at once"});
    out += with_causes("  " + grouped(events.rejected) + " rejected", events.rejected_by_reason);
    out += with_causes("  " + grouped(events.dropped()) + " dropped", dropped);
    out += explain_sum(events);
    out.append("\n").append(table_of(status));
    for (const auto& each : status.destinations) {
        if (each.ledger.lost > 0) {
            out += each.name + ": lost " + (status.cluster ? "by Kafka: " : "by the disk: ") +
                   grouped(each.ledger.lost) +
                   (status.cluster ? "; see `records_lost` in the logs of the nodes\n"
                                   : " (the log: records_lost, dead_letters_lost)\n");
        }
        if (has_slow_request(each)) {
            out += wrapped({each.name + ": " + terminal::counted(each.in_flight, "request") + " in flight",
                            "the oldest for " + terminal::short_duration(*each.oldest_request_age)});
        }
        if (admin::sum(each.shown_retries()) > 0) out += with_causes(each.name + ": retries", each.shown_retries());
        if (admin::sum(each.dead_lettered) > 0) {
            out += with_causes(each.name + ": dead-lettered since then", each.dead_lettered);
        }
    }
    for (const auto& source : status.ingest.sources) out += describe_keys(source, status.now);
    for (const auto& source : status.kafka_sources) out += describe_kafka_source(source, status.now);
    if (status.cluster && events.rejected_by_reason.contains("journal_full"))
        out += "journal_full: the journal accepted no event, also while Kafka did not acknowledge\n";
    if (status.cluster) out += describe_cluster(*status.cluster, status.now);
    for (const auto& stream : status.orphaned_streams) out += describe_orphan(stream);
    if (status.telemetry) out += describe_telemetry(*status.telemetry);
    out += describe_certificate(status);
    if (const auto& keys = status.configuration.pending_restart; !keys.empty()) out += describe_pending_restart(keys);
    if (const auto& rejected = status.configuration.rejected) out += describe_rejection(*rejected);
    return out;
}

}  // namespace pintle::cli
