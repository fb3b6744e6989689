#include "status_text.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "status_reader.hpp"
#include "terminal/figures.hpp"
#include "terminal/table.hpp"

namespace pintle::cli {
namespace {

using terminal::Alignment;
using terminal::grouped;

constexpr std::size_t max_causes = 5;

// `server_error_503 12, transport_error 3`, the most frequent first, without zeros.
std::string causes(const std::map<std::string, std::uint64_t>& counts) {
    std::vector<std::pair<std::string, std::uint64_t>> all(counts.begin(), counts.end());
    std::erase_if(all, [](const auto& each) { return each.second == 0; });
    std::ranges::stable_sort(all, std::greater<>(), &decltype(all)::value_type::second);
    std::string out;
    for (std::size_t i = 0; i < std::min(all.size(), max_causes); ++i) {
        out.append(out.empty() ? "" : ", ").append(all[i].first).append(" ").append(grouped(all[i].second));
    }
    if (all.size() > max_causes) out += ", and others";
    return out;
}

std::string with_causes(const std::string& what, const std::map<std::string, std::uint64_t>& counts) {
    const auto why = causes(counts);
    return why.empty() ? what : what + " (" + why + ")";
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
                           {"DEAD LETTERS", Alignment::right}});
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

}  // namespace

std::string describe_status(const admin::Status& status, const std::string& address) {
    const auto trouble = trouble_of(status);
    const auto& events = status.events;
    const admin::CountsByCode dropped = {{"duplicate", events.duplicate},
                                         {"integration_disabled", events.integration_disabled},
                                         {"consent_denied", events.consent_denied},
                                         {"filtered", events.filtered}};
    std::string out = trouble.empty() ? "healthy: accepts events, no destination is paused, " +
                                            grouped(backlog(status)) + " in the backlog\n"
                                      : "not healthy: " + trouble + "\n";
    out += "pintle " + status.version + " at " + address + ", up " + terminal::short_duration(status.uptime().count()) +
           ", " + grouped(status.connections) + (status.connections == 1 ? " connection" : " connections") +
           ", journal " + terminal::short_size(status.journal.bytes_on_disk) + " of " +
           terminal::short_size(status.journal.max_bytes) + "\n";
    out += "events since then: " + grouped(events.received) + " received, " + grouped(events.accepted) + " accepted, " +
           with_causes(grouped(events.rejected) + " rejected", events.rejected_by_reason) + ", " +
           with_causes(grouped(events.dropped()) + " dropped", dropped) + ", " + grouped(events.dead_lettered) +
           " dead-lettered at once\n\n";
    out += table_of(status);
    for (const auto& each : status.destinations) {
        const auto add = [&](const char* what, const std::string& why) {
            if (!why.empty()) out.append(each.name).append(": ").append(what).append(": ").append(why).append("\n");
        };
        add("lost by the disk, see the log and `pintle journal check`",
            each.ledger.lost > 0 ? grouped(each.ledger.lost) : std::string());
        add("retries", causes(each.retries));
        add("dead-lettered since then", causes(each.dead_lettered));
    }
    return out;
}

}  // namespace pintle::cli
