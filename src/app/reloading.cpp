// Another configuration while the daemon runs.
#include <csignal>
#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/config_change.hpp"
#include "app/daemon.hpp"

namespace pintle::app {
namespace {

std::string in_one(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

}  // namespace

void Daemon::await_hangup() {
    hangups_.async_wait([this](boost::system::error_code error, int) {
        if (error) return;
        load_again("SIGHUP");
        await_hangup();
    });
}

// All of it, or with any problem nothing.
admin::Reloaded Daemon::load_again(std::string_view by) {
    admin::Reloaded outcome;
    Loaded loaded = load_();
    for (const auto& warning : loaded.warnings) logging::warn("configuration_warning text=\"{}\"", warning.text());
    for (const auto& problem : loaded.problems) outcome.problems.push_back(problem.text());
    if (draining_) outcome.problems.emplace_back("the daemon is being stopped");
    if (outcome.problems.empty()) {
        Change change = change_of(config_, std::move(loaded.config));
        if (put_in_force(std::move(change.config), outcome.problems)) {
            outcome.changed = std::move(change.changed);
            outcome.kept = std::move(change.kept);
        }
    }
    for (const auto& problem : outcome.problems) logging::error("configuration_problem text=\"{}\"", problem);
    if (outcome.problems.empty()) {
        logging::info("configuration_reloaded by={} changed=\"{}\"", by, in_one(outcome.changed));
    } else {
        logging::error("configuration_refused by={} problems={}", by, outcome.problems.size());
    }
    if (!outcome.kept.empty()) logging::warn("configuration_needs_restart fields=\"{}\"", in_one(outcome.kept));
    return outcome;
}

// False, and says why, if a destination cannot be reached by it at all: then nothing has changed.
bool Daemon::put_in_force(Config config, std::vector<std::string>& problems) {
    std::vector<std::shared_ptr<delivery::Sender>> senders;
    for (std::size_t i = 0; i < runners_.size(); ++i) {
        try {
            senders.push_back(runners_[i]->connect(config.destinations[i]));
        } catch (const std::runtime_error& error) {
            problems.push_back("destinations[" + config.destinations[i].name + "]: " + error.what());
        }
    }
    if (!problems.empty()) return false;
    {
        const std::lock_guard lock(config_mutex_);
        config_ = std::move(config);
    }
    spdlog::set_level(spdlog::level::from_str(config_.log_level));
    admin_->set_access({config_.admin_token, config_.redact});
    letters_->reconfigure(config_);
    for (std::size_t i = 0; i < runners_.size(); ++i) runners_[i]->reconfigure(config_.destinations[i], senders[i]);
    ingress_->replace(ingress_options());
    return true;
}

}  // namespace pintle::app
