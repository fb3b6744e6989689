#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pintle/admin/admin.hpp"
#include "pintle/admin/status.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "stream_owners.hpp"

namespace pintle::daemon {

struct ReloadPlan {
    admin::ReloadResult result;
    std::optional<config::Config> config;  // comes into force; nothing where there is a problem
};

// Decides what a reload does to a daemon that runs with `running`. `problems` are those of the files, of the
// connections to the destinations and of everything else that was tried beforehand. Pure.
ReloadPlan plan_reload(const config::Config& running, config::Config loaded, std::vector<std::string> problems,
                       bool draining);

// Names each destination that took a stream over as a renamed one, in place of an added and a removed one. `streams`:
// after the renaming. Pure.
void name_renames(const std::vector<TakeoverPlan::Takeover>& takeovers, const std::vector<StreamContent>& streams,
                  std::vector<std::string>& changed);

// What an operator who removed or renamed a destination should know of the streams that are left. The restart that one
// of them needs, as a destination names it in `formerly`, is told otherwise. Pure.
std::vector<std::string> orphan_warnings(const std::vector<admin::OrphanedStream>& streams,
                                         const config::Config& config);

// What became of the reloads. Not thread-safe.
class ReloadHistory {
public:
    explicit ReloadHistory(WallTime started) : status_{started, {}, {}} {}

    void add_success(WallTime now, std::vector<std::string> pending_restart) {
        status_ = {now, {}, std::move(pending_restart)};
    }
    void add_rejection(WallTime now, std::string_view by, std::vector<std::string> problems);

    const admin::ConfigurationStatus& status() const noexcept { return status_; }

private:
    admin::ConfigurationStatus status_;
};

// Marks that a reload is being applied, for as long as this lives: also where it ends with an exception.
class ReloadInProgress {
public:
    explicit ReloadInProgress(bool& flag) : flag_(flag) { flag_ = true; }
    ~ReloadInProgress() { flag_ = false; }
    ReloadInProgress(const ReloadInProgress&) = delete;
    ReloadInProgress& operator=(const ReloadInProgress&) = delete;

private:
    bool& flag_;
};

}  // namespace pintle::daemon
