#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pintle/admin/admin.hpp"
#include "pintle/config/config.hpp"

namespace pintle::daemon {

struct ReloadPlan {
    admin::ReloadResult result;
    std::optional<config::Config> config;  // comes into force; nothing where there is a problem
};

// Decides what a reload does to a daemon that runs with `running`. `problems` are those of the files, of the
// connections to the destinations and of everything else that was tried beforehand. Pure.
ReloadPlan plan_reload(const config::Config& running, config::Config loaded, std::vector<std::string> problems,
                       bool draining);

}  // namespace pintle::daemon
