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
        rows.push_back({each.name, state_in_words(each), grouped(each.ledger.backlog),
                        each.ledger.backlog > 0 ? oldest : "-", grouped(each.delivered),
                        grouped(admin::sum(each.retries)), grouped(each.dead_letters)});
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

std::string describe_cluster(const journal::Cluster& cluster) {
    std::string out = "\n";
    for (const auto& node : cluster.nodes) {
        std::string owned;
        for (const auto& name : node.owned) owned += (owned.empty() ? "delivers " : ", ") + name;
        out +=
            wrapped({"node " + node.name + (node.is_this ? " (this one)" : ""), "pintle " + node.announcement.version,
                     "configuration " + node.announcement.configuration, owned.empty() ? "delivers nothing" : owned});
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
    return "the disk has lost " + grouped(lost) + (lost == 1 ? " event or dead letter" : " events or dead letters");
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
    out.append("\n").append(table_of(status));
    for (const auto& each : status.destinations) {
        if (each.ledger.lost > 0) {
            out += each.name + ": lost by the disk: " + grouped(each.ledger.lost) +
                   " (the log: records_lost, dead_letters_lost)\n";
        }
        if (admin::sum(each.retries) > 0) out += with_causes(each.name + ": retries", each.retries);
        if (admin::sum(each.dead_lettered) > 0) {
            out += with_causes(each.name + ": dead-lettered since then", each.dead_lettered);
        }
    }
    for (const auto& source : status.ingest.sources) out += describe_keys(source, status.now);
    for (const auto& source : status.kafka_sources) out += describe_kafka_source(source, status.now);
    if (status.cluster) out += describe_cluster(*status.cluster);
    for (const auto& stream : status.orphaned_streams) out += describe_orphan(stream);
    out += describe_certificate(status);
    if (const auto& keys = status.configuration.pending_restart; !keys.empty()) out += describe_pending_restart(keys);
    if (const auto& rejected = status.configuration.rejected) out += describe_rejection(*rejected);
    return out;
}

}  // namespace pintle::cli
