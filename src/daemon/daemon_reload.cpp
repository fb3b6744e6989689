// Another configuration while the daemon runs.
#include <memory>
#include <stdexcept>
#include <utility>

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include "pintle/config/change.hpp"
#include "pintle/daemon/daemon.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::daemon {
namespace {

std::string in_one(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

}  // namespace

// A sender for each destination, made beside those that are in use.
struct Daemon::Reload {
    config::Loaded loaded;
    std::vector<std::string> problems;
    std::vector<std::shared_ptr<http::client::HttpClient>> senders;
};

void Daemon::await_hangup() {
    hangups_.async_wait([this](boost::system::error_code error, int) {
        if (error) return;
        boost::asio::post(loader_, [this] {
            boost::asio::post(main_, [this, put_in_force = load_again("SIGHUP")] {
                put_in_force();
                await_hangup();
            });
        });
    });
}

// Reads all files that another configuration needs. On a thread that may block.
std::function<admin::Reloaded()> Daemon::load_again(std::string_view by) {
    auto reload = std::make_shared<Reload>();
    reload->loaded = load_();
    for (const auto& problem : reload->loaded.problems) reload->problems.push_back(problem.text());
    if (reload->problems.empty()) {
        const auto config = [this] {
            const MutexLock lock(config_mutex_);
            return config_;
        }();
        connect(config::change_of(config, reload->loaded.config).config, *reload);
    }
    return [this, by, reload] { return put_in_force(std::move(*reload), by); };
}

// Says why a destination cannot be reached by that configuration at all.
void Daemon::connect(const config::Config& config, Reload& reload) const {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        try {
            reload.senders.push_back(workers_[i]->connect(config.destinations[i]));
        } catch (const std::runtime_error& error) {
            reload.problems.push_back("destinations[" + config.destinations[i].name + "]: " + error.what());
        }
    }
}

// All of it, or with any problem nothing.
admin::Reloaded Daemon::put_in_force(Reload reload, std::string_view by) {
    admin::Reloaded outcome{std::move(reload.problems), {}, {}};
    for (const auto& warning : reload.loaded.warnings)
        logging::warn("configuration_warning text=\"{}\"", warning.text());
    if (draining_) outcome.problems.emplace_back("the daemon is being stopped");
    for (const auto& problem : outcome.problems) logging::error("configuration_problem text=\"{}\"", problem);
    if (!outcome.problems.empty()) {
        logging::error("configuration_refused by={} problems={}", by, outcome.problems.size());
        return outcome;
    }
    config::Change change = config::change_of(config_, std::move(reload.loaded.config));
    put_in_force(std::move(change.config), reload.senders);
    outcome.changed = std::move(change.changed);
    outcome.kept = std::move(change.kept);
    logging::info("configuration_reloaded by={} changed=\"{}\"", by, in_one(outcome.changed));
    if (!outcome.kept.empty()) logging::warn("configuration_needs_restart fields=\"{}\"", in_one(outcome.kept));
    return outcome;
}

void Daemon::put_in_force(config::Config config,
                          const std::vector<std::shared_ptr<http::client::HttpClient>>& senders) {
    {
        const MutexLock lock(config_mutex_);
        config_ = std::move(config);
    }
    spdlog::set_level(spdlog::level::from_str(config_.log_level));
    admin_->set_access({config_.admin_token, config_.redact});
    letters_->reconfigure(config_);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->reconfigure(config_.destinations[i], senders[i]);
        workers_[i]->limit_queues(config_.ingest.max_pending_per_person);
    }
    ingest_->replace(ingest_options());
}

}  // namespace pintle::daemon
