#include "reload.hpp"

#include <utility>

#include "pintle/config/change.hpp"

namespace pintle::daemon {

ReloadPlan plan_reload(const config::Config& running, config::Config loaded, std::vector<std::string> problems,
                       bool draining) {
    if (draining) problems.emplace_back("the daemon is shutting down");
    if (!problems.empty()) return {{std::move(problems), {}, {}}, std::nullopt};
    auto change = config::change_of(running, std::move(loaded));
    return {{{}, std::move(change.changed), std::move(change.needs_restart)}, std::move(change.config)};
}

void ReloadHistory::add_rejection(WallTime now, std::string_view by, std::vector<std::string> problems) {
    const auto since = status_.rejected ? status_.rejected->since : now;
    status_.rejected = {since, std::string(by), std::move(problems)};
}

}  // namespace pintle::daemon
