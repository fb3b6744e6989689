#include "pintle/daemon/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pintle/base/asio.hpp"
#include "pintle/base/time.hpp"
#include "pintle/daemon/backlog.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::daemon {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_interval{10};  // at what a drain waits for
constexpr std::chrono::seconds last_grace{2};           // for what was cancelled to end
constexpr std::chrono::seconds drain_interval{1};       // between two samples of the backlogs
constexpr std::chrono::seconds clock_interval{10};      // between looks at whether the wall clock was set
constexpr std::string_view age_clock_fact = "age_clock";

std::size_t destination_of(const config::Config& config, const config::Source& source) {
    const auto found = std::ranges::find(config.destinations, source.destination, &config::Destination::name);
    if (found == config.destinations.end()) throw std::logic_error("a source without destination");
    return static_cast<std::size_t>(found - config.destinations.begin());
}

journal::JournalOptions journal_options(const config::Config& config) {
    journal::JournalOptions options;
    options.directory = config.journal_directory;
    options.max_size = config.max_size;
    options.max_dead_letters = config.max_dead_letters;
    options.dedupe_window = config.ingest.dedupe_window;
    return options;
}

std::size_t core_count(const config::Config& config) {
    if (config.ingest.threads > 0) return config.ingest.threads;
    return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Daemon::Daemon(config::Config config, std::string file, std::function<config::Loaded()> load)
    : config_(std::move(config)),
      config_file_(std::move(file)),
      load_(std::move(load)),
      memory_(config_.ingest.memory),
      reading_memory_(config_.ingest.memory / 4 * 3, &memory_),
      journal_(journal::open_journal(journal_options(config_))),
      ages_(journal_->get(age_clock_fact).value_or(""), read_clocks()),
      service_manager_([](const char* name) -> const char* { return std::getenv(name); }) {
    for (std::size_t i = 0; i < core_count(config_); ++i) cores_.push_back(std::make_unique<Core>());
    make_runners();
    make_ingest();
    make_admin();
}

Daemon::~Daemon() {
    stop_cores();
}

void Daemon::make_runners() {
    for (const auto& destination : config_.destinations) {
        auto& core = *cores_[workers_.size() % cores_.size()];
        auto& worker = workers_.emplace_back(
            std::make_unique<delivery::DestinationWorker>(core.io, readers_, *journal_, events_, ages_, destination));
        journal_->set_share(worker->stream(), journal_share(config_, destination));
        worker->limit_queues(config_.ingest.max_pending_per_person);
    }
    {
        const MutexLock lock(drains_mutex_);
        drains_.resize(workers_.size());
    }
    for (const auto& name : journal_->streams()) {
        const bool known = std::any_of(config_.destinations.begin(), config_.destinations.end(),
                                       [&](const config::Destination& d) { return d.name == name; });
        const auto waiting = journal_->pending(journal_->create_or_open_stream(name));
        if (!known && waiting > 0) logging::warn("destination_removed destination={} events_kept={}", name, waiting);
    }
}

ingest::Options Daemon::ingest_options() const {
    ingest::Options options;
    options.cors_origins = config_.ingest.cors_origins;
    options.max_event = config_.ingest.max_event;
    options.max_events_per_request = config_.ingest.max_events_per_request;
    options.max_expanded = config_.ingest.max_expanded;
    options.dedupe_window = config_.ingest.dedupe_window;
    for (const auto& source : config_.sources) {
        const auto i = destination_of(config_, source);
        const auto& destination = config_.destinations[i];
        options.sources.push_back({source.name, source.write_keys, source.insecure_no_auth, source.destination,
                                   workers_[i]->stream(), destination.mapping, destination.consent_categories,
                                   source.rate, source.types, &workers_[i]->full_queues()});
    }
    return options;
}

void Daemon::make_ingest() {
    ingest_ = std::make_unique<ingest::Ingest>(
        ingest_options(), *journal_, wall_now, &events_, [this] { return ages_.now(); }, &memory_);

    http::ServerOptions server;
    server.host = config_.listen.host;
    server.port = config_.listen.port;
    server.max_body = config_.ingest.max_body;
    server.memory = &reading_memory_;
    server.max_connections = config_.ingest.max_connections;
    server.max_connections_per_address = config_.ingest.max_connections_per_address;
    server.header_timeout = config_.ingest.header_timeout;
    server.body_timeout = config_.ingest.body_timeout;
    server.idle_timeout = config_.ingest.idle_timeout;
    server.drain_grace = std::min(server.drain_grace, config_.ingest.drain_timeout / 2);
    server.certificate = config_.ingest.certificate;
    server.key = config_.ingest.key;
    std::vector<boost::asio::io_context*> contexts;
    contexts.reserve(cores_.size());
    for (auto& core : cores_) contexts.push_back(&core->io);
    ingest_server_ = std::make_unique<http::Server>(std::move(contexts), std::move(server), *ingest_);
}

void Daemon::make_admin() {
    letters_ = std::make_unique<admin::DeadLetterService>(*journal_, ages_, config_);
    admin::Control& control = *this;  // make_unique may not see what is private here
    admin_ =
        std::make_unique<admin::Admin>(control, *letters_, events_, admin::Access{config_.admin_token, config_.redact});
    http::ServerOptions server;
    server.host = config_.admin_listen.host;
    server.port = config_.admin_listen.port;
    server.max_connections = 100;
    server.max_reserved = 32;
    server.max_body = 1 << 20;
    server.memory = &admin_memory_;
    server.idle_timeout = std::chrono::seconds(15);
    admin_server_ = std::make_unique<http::Server>(std::vector{&main_}, std::move(server), *admin_);
}

void Daemon::run_core(boost::asio::io_context& io) {
    try {
        io.run();
    } catch (const std::bad_alloc&) {
        logging::end_out_of_memory();
    } catch (const std::exception& error) {
        // Nothing is lost by dying here, and what is half done is unknown.
        logging::critical("internal_error reason=\"{}\"", error.what());
        std::_Exit(EXIT_FAILURE);
    }
}

void Daemon::run() {
    for (auto& core : cores_) core->thread = std::thread([this, &io = core->io] { run_core(io); });
    boost::asio::co_spawn(main_, serve(), [this](const std::exception_ptr& error) {
        main_.stop();
        if (error) std::rethrow_exception(error);
    });
    run_core(main_);
    stop_cores();
}

void Daemon::stop_cores() {
    if (ingest_server_) ingest_server_->stop();
    if (admin_server_) admin_server_->stop();
    readers_.join();
    journal_->close();
    for (auto& core : cores_) {
        core->work.reset();
        core->io.stop();
        if (core->thread.joinable()) core->thread.join();
    }
}

Awaitable<void> Daemon::serve() {
    Signals signals(main_, SIGTERM, SIGINT);
    hangups_.add(SIGHUP);
    await_hangup();
    for (auto& worker : workers_) worker->start();
    ingest_->load_message_ids();  // meanwhile what waits is being delivered
    ingest_server_->start();
    admin_server_->start();
    logging::info("listening address={}", config::Listen{config_.listen.host, ingest_server_->port()}.text());
    logging::info("admin_listening address={}",
                  config::Listen{config_.admin_listen.host, admin_server_->port()}.text());
    logging::info("started version={} threads={} destinations={} sources={}", PINTLE_VERSION, cores_.size(),
                  config_.destinations.size(), config_.sources.size());
    service_manager_.say("READY=1");
    if (const auto interval = service_manager_.watchdog())
        boost::asio::co_spawn(main_, watchdog_loop(*interval), boost::asio::detached);
    boost::asio::co_spawn(main_, watch_wall_clock(), boost::asio::detached);
    boost::asio::co_spawn(main_, sample_backlogs(), boost::asio::detached);
    const int signal = co_await signals.async_wait(awaiting);
    service_manager_.say("STOPPING=1");
    logging::info("draining signal={} timeout={}s", signal == SIGTERM ? "SIGTERM" : "SIGINT",
                  static_cast<double>(config_.ingest.drain_timeout.count()) / 1000.0);
    co_await drain(signals);
}

// As long as each core does what it is asked to. Ends with the main context.
Awaitable<void> Daemon::watchdog_loop(std::chrono::microseconds interval) {
    Timer timer(main_);
    cores_alive_ = cores_.size();
    while (true) {
        if (cores_alive_ == cores_.size()) {
            service_manager_.say("WATCHDOG=1");
            cores_alive_ = 0;
            for (auto& core : cores_) boost::asio::post(core->io, [this] { ++cores_alive_; });
        }
        timer.expires_after(interval);
        co_await timer.async_wait(awaiting);
    }
}

// Ends with the main context.
Awaitable<void> Daemon::sample_backlogs() {
    Timer timer(main_);
    while (true) {
        {
            const MutexLock lock(drains_mutex_);
            for (std::size_t i = 0; i < workers_.size(); ++i)
                drains_[i].add(journal_->pending(workers_[i]->stream()), steady_clock::now());
        }
        timer.expires_after(drain_interval);
        co_await timer.async_wait(awaiting);
    }
}

void Daemon::keep_age_clock() {
    journal_->put(age_clock_fact, ages_.keep(read_clocks()));
}

// What the next boot has to know of the wall clock; it may be set at any time. Ends with the main context.
Awaitable<void> Daemon::watch_wall_clock() {
    Timer timer(main_);
    auto ahead = ages_.ahead(read_clocks());
    keep_age_clock();
    while (true) {
        timer.expires_after(clock_interval);
        co_await timer.async_wait(awaiting);
        const auto before = std::exchange(ahead, ages_.ahead(read_clocks()));
        if (std::chrono::abs(ahead - before) <= tolerated_deviation) {
            ahead = before;
            continue;
        }
        logging::warn("wall_clock_was_set seconds={}", std::chrono::duration<double>(ahead - before).count());
        keep_age_clock();
    }
}

bool Daemon::is_idle() const {
    return ingest_server_->connections() == 0 &&
           std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->is_idle(); });
}

Awaitable<bool> Daemon::rests_by(steady_clock::time_point deadline) {
    Timer timer(main_);
    while (!is_idle() && !hurry_ && steady_clock::now() < deadline) {
        timer.expires_after(look_interval);
        co_await timer.async_wait(awaiting);
    }
    co_return is_idle();
}

Awaitable<void> Daemon::drain(Signals& signals) {
    draining_ = true;
    signals.async_wait([this](boost::system::error_code error, int) { hurry_ = !error; });
    ingest_server_->drain();
    for (auto& worker : workers_) worker->stop_dispatch();
    // Named, as GCC 12 destroys an awaitable twice that is awaited in a condition.
    const bool rested = co_await rests_by(steady_clock::now() + config_.ingest.drain_timeout);
    if (!rested) {
        logging::warn("drain_timed_out connections={}", ingest_server_->connections());
        hurry_ = false;
    }
    for (auto& worker : workers_) worker->close();
    ingest_server_->stop();
    co_await rests_by(steady_clock::now() + last_grace);
    signals.cancel();
    keep_age_clock();
    journal_->close();
    std::uint64_t waiting = 0;
    for (const auto& worker : workers_) waiting += journal_->pending(worker->stream());
    logging::info("stopped events_waiting={}", waiting);
}

}  // namespace pintle::daemon
