#include "status_text.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "terminal/figures.hpp"
#include "terminal/table.hpp"

namespace pintle::cli {
namespace {

using cli::terminal::grouped;
using cli::terminal::Side;

constexpr std::size_t most_causes = 5;

// `503 12, network 3`, the most frequent first; of zero ones nothing.
std::string causes(const std::map<std::string, std::uint64_t>& counts) {
    std::vector<std::pair<std::string, std::uint64_t>> all(counts.begin(), counts.end());
    std::erase_if(all, [](const auto& each) { return each.second == 0; });
    std::ranges::stable_sort(all, std::greater<>(), &decltype(all)::value_type::second);
    std::string out;
    for (std::size_t i = 0; i < std::min(all.size(), most_causes); ++i) {
        out.append(out.empty() ? "" : ", ").append(all[i].first).append(" ").append(grouped(all[i].second));
    }
    if (all.size() > most_causes) out += ", and others";
    return out;
}

std::string with_causes(const std::string& what, const std::map<std::string, std::uint64_t>& counts) {
    const auto why = causes(counts);
    return why.empty() ? what : what + " (" + why + ")";
}

std::uint64_t backlog(const FullStatus& look) {
    std::uint64_t all = 0;
    for (const auto& destination : look.destinations) all += destination.backlog_events;
    return all;
}

std::string table_of(const FullStatus& look) {
    cli::terminal::Table table({{"DESTINATION"},
                                {"STATE"},
                                {"BACKLOG", Side::right},
                                {"OLDEST", Side::right},
                                {"DELIVERED", Side::right},
                                {"RETRIES", Side::right},
                                {"DEAD LETTERS", Side::right}});
    std::vector<cli::terminal::Table::Row> rows;
    for (const auto& each : look.destinations) {
        const auto& age = each.backlog_oldest_age_seconds;
        const auto oldest = age ? cli::terminal::short_duration(*age) : "?";
        rows.push_back({each.name, each.state_in_words(), grouped(each.backlog_events),
                        each.backlog_events > 0 ? oldest : "-", grouped(each.delivered), grouped(each.retries),
                        grouped(each.dead_letters)});
    }
    const auto lines = table.lines(rows);
    return table.header() + lines;
}

}  // namespace

std::string describe_status(const FullStatus& look, const std::string& address) {
    const auto trouble = look.trouble();
    std::string out = trouble.empty() ? "healthy: accepts events, no destination is paused, " + grouped(backlog(look)) +
                                            " in the backlog\n"
                                      : "not healthy: " + trouble + "\n";
    out += "pintle " + look.version + " at " + address + ", up " + cli::terminal::short_duration(look.up_seconds) +
           ", " + grouped(look.connections) + (look.connections == 1 ? " connection" : " connections") + ", journal " +
           cli::terminal::short_size(look.journal_bytes) + " of " + cli::terminal::short_size(look.journal_max_bytes) +
           "\n";
    out += "events since then: " + grouped(look.received) + " received, " + grouped(look.accepted) + " accepted, " +
           with_causes(grouped(look.rejected) + " rejected", look.rejected_by_reason) + ", " +
           with_causes(grouped(look.dropped) + " dropped", look.dropped_by_reason) + ", " +
           grouped(look.dead_lettered) + " dead-lettered at once\n\n";
    out += table_of(look);
    for (const auto& each : look.destinations) {
        const auto say = [&](const char* what, const std::string& why) {
            if (!why.empty()) out.append(each.name).append(": ").append(what).append(": ").append(why).append("\n");
        };
        say("lost by the disk, see the log and `pintle journal check`",
            each.lost > 0 ? grouped(each.lost) : std::string());
        say("retries", causes(each.retries_by_cause));
        say("dead-lettered since then", causes(each.dead_letters_by_reason));
    }
    return out;
}

}  // namespace pintle::cli
