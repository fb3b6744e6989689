#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include "pintle/admin/admin.hpp"
#include "pintle/admin/dead_letter_service.hpp"
#include "pintle/base/age_clock.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/config/config.hpp"
#include "pintle/daemon/backlog.hpp"
#include "pintle/daemon/metrics.hpp"
#include "pintle/daemon/systemd_notifier.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/server/memory_budget.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::daemon {

// Everything wired together. An io_context per core runs ingest and delivery; the calling thread runs signals, the
// admin listener and the drain.
class Daemon final : private admin::Control {
public:
    // Opens the journal and binds the listeners. Throws std::runtime_error with a message for people.
    // `load` gives the configuration again, as it is then; `file` is where it stands, or empty.
    Daemon(config::Config config, std::string file, std::function<config::Loaded()> load);
    ~Daemon() override;
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    // Until SIGTERM or SIGINT, and the drain behind it. SIGHUP loads the configuration again.
    void run();

private:
    using Signals = boost::asio::basic_signal_set<Executor>;

    struct Core {
        boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // its sockets are its thread's alone
        boost::asio::executor_work_guard<Executor> work = boost::asio::make_work_guard(io);
        std::thread thread;
    };

    struct Reload;  // another configuration, with what it needs to be put in force

    void make_runners();
    void make_ingest();
    void make_admin();
    ingest::Options ingest_options() const;
    void await_hangup();
    std::function<admin::Reloaded()> load_again(std::string_view by);
    void connect(const config::Config& config, Reload& reload) const;
    admin::Reloaded put_in_force(Reload reload, std::string_view by);
    void put_in_force(config::Config config, const std::vector<std::shared_ptr<http::client::HttpClient>>& senders);
    void run_core(boost::asio::io_context& io);
    void stop_cores();
    Snapshot snapshot() const;
    admin::Answered<delivery::DestinationWorker*> find_runner(const std::string& name) const;  // none: the only one

    admin::View look() override;
    admin::View full_status() override;
    std::string prometheus_text() override;
    std::function<admin::Reloaded()> reload() override { return load_again("api"); }
    std::string configuration() override;
    admin::Answered<std::string> transform(const std::string& destination, std::string_view event) override;
    admin::Answered<admin::Waiting> waiting(const admin::WaitingQuery& query) override;
    admin::Answered<void> pause(const std::string& destination, std::string message) override;
    admin::Answered<void> resume(const std::string& destination) override;
    admin::Answered<void> set_log_level(const std::string& level) override;
    bool is_idle() const;

    Awaitable<void> serve();
    Awaitable<void> watchdog_loop(std::chrono::microseconds interval);
    Awaitable<void> watch_wall_clock();
    Awaitable<void> sample_backlogs();
    void keep_age_clock();
    Awaitable<void> drain(Signals& signals);
    Awaitable<bool> rests_by(std::chrono::steady_clock::time_point deadline);

    config::Config config_;       // in force; written on the main thread alone
    mutable Mutex config_mutex_;  // for other threads to read it
    const std::string config_file_;
    const std::function<config::Loaded()> load_;
    events::EventStream events_;
    http::MemoryBudget memory_;          // of all that senders make the process hold
    http::MemoryBudget reading_memory_;  // the part of it that requests may have which are still being read
    http::MemoryBudget admin_memory_{32UL << 20U};
    std::unique_ptr<journal::Journal> journal_;
    const AgeClock ages_;
    std::vector<std::unique_ptr<Core>> cores_;
    boost::asio::io_context main_{1};  // what it still holds in the end may belong to a core
    Signals hangups_{main_};
    boost::asio::thread_pool readers_{1};
    boost::asio::thread_pool loader_{1};  // reads the configuration again when a signal asks for it
    std::vector<std::unique_ptr<delivery::DestinationWorker>> workers_;
    Mutex drains_mutex_;
    std::vector<DrainEstimator> drains_ GUARDED_BY(drains_mutex_);  // one a runner
    std::unique_ptr<ingest::Ingest> ingest_;
    std::unique_ptr<http::Server> ingest_server_;
    std::unique_ptr<admin::DeadLetterService> letters_;
    std::unique_ptr<admin::Admin> admin_;
    std::unique_ptr<http::Server> admin_server_;
    const SystemdNotifier service_manager_;
    std::atomic<std::size_t> cores_alive_{0};  // since they were last asked
    std::atomic<bool> draining_{false};
    bool hurry_ = false;  // a second signal came
};

}  // namespace pintle::daemon
