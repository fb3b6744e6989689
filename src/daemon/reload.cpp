#include "reload.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "pintle/config/change.hpp"

namespace pintle::daemon {
namespace {

std::string content(std::uint64_t events, std::uint64_t dead_letters) {
    return counted(events, "pending event") + ", " + counted(dead_letters, "dead letter");
}

}  // namespace

ReloadPlan plan_reload(const config::Config& running, config::Config loaded, std::vector<std::string> problems,
                       bool draining) {
    if (draining) problems.emplace_back("the daemon is shutting down");
    if (!problems.empty()) return {{std::move(problems), {}, {}}, std::nullopt};
    auto change = config::change_of(running, std::move(loaded));
    return {{{}, std::move(change.changed), std::move(change.needs_restart)}, std::move(change.config)};
}

void name_renames(const std::vector<TakeoverPlan::Takeover>& takeovers, const std::vector<StreamContent>& streams,
                  std::vector<std::string>& changed) {
    for (const auto& [from, to, replaces] : takeovers) {
        const auto stream = std::ranges::find(streams, to, &StreamContent::name);
        const auto added = std::ranges::find(changed, "destinations[" + to + "] (added)");
        if (stream == streams.end() || added == changed.end()) continue;
        *added = "destinations[" + to + "] (renamed from ";
        added->append(from).append(": ").append(content(stream->events, stream->dead_letters)).append(")");
        std::erase(changed, "destinations[" + from + "] (removed)");
    }
}

std::vector<std::string> orphan_warnings(const std::vector<admin::OrphanedStream>& streams,
                                         const config::Config& config) {
    const bool has_topics = config.journal_backend == config::JournalBackend::kafka;  // which keep their names
    std::vector<std::string> warnings;
    for (const auto& stream : streams) {
        const auto names_it = [&](const config::Destination& each) { return each.was_named(stream.name); };
        if (std::ranges::any_of(config.destinations, names_it)) continue;
        const auto rename =
            "if a destination has another name now, add `formerly: [" + stream.name + "]` to it and restart; ";
        warnings.push_back("the stream " + stream.name + " has no destination: its " +
                           content(stream.backlog_events, stream.dead_letters) + " are kept and not delivered; " +
                           (has_topics ? "" : rename) + "`pintle journal discard " + stream.name +
                           " --yes` deletes them");
    }
    return warnings;
}

void ReloadHistory::add_rejection(WallTime now, std::string_view by, std::vector<std::string> problems) {
    const auto since = status_.rejected ? status_.rejected->since : now;
    status_.rejected = {since, std::string(by), std::move(problems)};
}

}  // namespace pintle::daemon
