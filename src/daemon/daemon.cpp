#include "pintle/daemon/daemon.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "backlog.hpp"
#include "metrics.hpp"
#include "open_journal.hpp"
#include "pintle/admin/admin.hpp"
#include "pintle/admin/backlog.hpp"
#include "pintle/admin/dead_letter_service.hpp"
#include "pintle/admin/erasure.hpp"
#include "pintle/base/age_clock.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/blocking.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/mutex.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/change.hpp"
#include "pintle/config/config.hpp"
#include "pintle/config/json.hpp"
#include "pintle/daemon/collector.hpp"
#include "pintle/daemon/transformer.hpp"
#include "pintle/delivery/clock.hpp"
#include "pintle/delivery/destination_worker.hpp"
#include "pintle/events/event_stream.hpp"
#include "pintle/http/client/http_client.hpp"
#include "pintle/http/server/memory_budget.hpp"
#include "pintle/http/server/server.hpp"
#include "pintle/http/server/tls_certificate.hpp"
#include "pintle/ingest/ingest.hpp"
#include "pintle/journal/journal.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/json/event.hpp"
#include "pintle/kafka/client_config.hpp"
#include "pintle/kafka_source/topic_reader.hpp"
#include "pintle/logging/fatal.hpp"
#include "pintle/logging/logging.hpp"
#include "pintle/stats/process.hpp"
#include "pintle/telemetry/exporter.hpp"
#include "pintle/telemetry/metrics_request.hpp"
#include "pintle/telemetry/resource.hpp"
#include "pintle/telemetry/signal.hpp"
#include "pintle/telemetry/trace.hpp"
#include "pintle/telemetry/tracer.hpp"
#include "reload.hpp"
#include "status.hpp"
#include "stream_owners.hpp"
#include "systemd_notifier.hpp"
#include "worker_wait.hpp"

namespace pintle::daemon {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds idle_poll_interval{10};
constexpr std::chrono::seconds cancel_grace{2};               // for cancelled operations to end
constexpr std::chrono::seconds sample_interval{1};            // between two samples for the rates
constexpr std::chrono::seconds clock_interval{10};            // between two checks whether the wall clock was set
constexpr std::chrono::seconds command_timeout{15};           // for the owner of a stream to do what it is asked for
constexpr std::chrono::seconds worker_timeout{5};             // for a worker to pause or resume
constexpr std::chrono::seconds last_export_timeout{2};        // of the last one, while the daemon drains
constexpr std::chrono::milliseconds max_trace_period{5'000};  // between two exports of traces
constexpr std::chrono::minutes trace_retries{1};
constexpr std::string_view age_clock_key = "age_clock";

std::size_t destination_of(const config::Config& config, const std::string& name) {
    const auto found = std::ranges::find(config.destinations, name, &config::Destination::name);
    if (found == config.destinations.end()) throw std::logic_error("a source without destination");
    return static_cast<std::size_t>(found - config.destinations.begin());
}

// What follows the operator's name in a command that another node may carry out.
std::string through_node(const journal::Cluster& cluster) {
    const auto self = std::ranges::find(cluster.nodes, true, &journal::ClusterNode::is_this);
    return self == cluster.nodes.end() ? std::string() : " through node " + self->name;
}

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32U | device();
}

WallTime start_time() {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(stats::this_process().start_time * 1000)));
}

std::size_t core_count(const config::Config& config) {
    if (config.ingest.threads > 0) return config.ingest.threads;
    return std::max(1U, std::thread::hardware_concurrency());
}

using admin::ApiError;
using admin::ApiResult;

std::string joined(const std::vector<std::string>& texts, const char* separator = ", ") {
    std::string all;
    for (const auto& text : texts) all += (all.empty() ? "" : separator) + text;
    return all;
}

admin::Access admin_access(const config::Config& config) {
    admin::Access access{config.admin_tokens, config.redact};
    if (!config.admin_token.empty()) access.tokens.push_back({"", config.admin_token, config::AdminRole::operate});
    return access;
}

ApiResult<std::optional<admin::PauseStatus>> wait_for_pause(std::future<std::optional<delivery::Pause>> done) {
    const auto before = wait_for_worker(std::move(done), worker_timeout);
    if (!before) return before.error();
    return *before ? std::optional(pause_status(**before)) : std::nullopt;
}

// Renames the streams in one step, with the metadata that their workers keep.
void rename_streams(journal::Journal& journal, const std::vector<TakeoverPlan::Takeover>& takeovers,
                    const std::vector<config::Destination>& destinations) {
    if (takeovers.empty()) return;
    std::vector<journal::StreamRename> renames;
    for (const auto& [from, to, replaces] : takeovers) {
        const auto& destination = *std::ranges::find(destinations, to, &config::Destination::name);
        auto earlier = destination;
        earlier.name = from;
        auto& rename = renames.emplace_back(journal::StreamRename{from, to, {}});
        const auto keys = delivery::metadata_keys(destination);
        const auto earlier_keys = delivery::metadata_keys(earlier);
        for (std::size_t i = 0; i < keys.size(); ++i) rename.metadata.emplace_back(earlier_keys[i], keys[i]);
    }
    journal.rename_streams(std::move(renames));
    for (const auto& [from, to, replaces] : takeovers)
        logging::info("stream_taken_over destination={} formerly={}", to, from);
}

// All modules wired together. An io_context per core runs ingest and delivery; the calling thread runs signals, the
// admin listener and the drain.
class Daemon final : private admin::Control {
public:
    Daemon(config::Config config, std::string file, std::function<config::Loaded()> load);
    ~Daemon() override;
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    void run();

private:
    using Signals = boost::asio::basic_signal_set<Executor>;

    struct Core {
        std::atomic<bool> running{false};                                   // its thread is
        boost::asio::io_context io{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};  // only its own thread uses its sockets
        boost::asio::executor_work_guard<Executor> work = boost::asio::make_work_guard(io);
        std::thread thread;
    };

    // The worker of a destination. Where it is released last, its own thread destroys it.
    struct Worker {
        std::shared_ptr<delivery::DestinationWorker> pointer;
        std::shared_ptr<std::atomic<bool>> is_gone;  // it is destroyed: another one may have its stream

        delivery::DestinationWorker* operator->() const { return pointer.get(); }
    };

    struct Running {
        const config::Destination* destination = nullptr;
        std::shared_ptr<delivery::DestinationWorker> worker;
    };

    // What a destination of another configuration delivers with.
    struct Prepared {
        std::shared_ptr<delivery::DestinationWorker> worker;  // the running one that continues; null: a new one
        Core* core = nullptr;                                 // of its worker
        std::shared_ptr<http::client::Client> client;
    };

    // A loaded configuration, with all that can be prepared for it while the one before is in force.
    struct Reload {
        config::Loaded loaded;
        std::vector<std::string> problems;
        StreamReloadPlan streams;
        std::map<std::string, Prepared> prepared;           // by destination
        std::shared_ptr<http::TlsCertificate> certificate;  // of ingest; null: it has none
        std::shared_ptr<http::client::Client> collector;    // null: nothing is exported
    };

    // A worker of a destination that was removed. It ends once its requests in flight have.
    struct Retiring {
        std::string name;
        Worker worker;
    };

    // Reads the topics of one source.
    struct Reader {
        config::KafkaTopics kafka;  // with which it was made
        std::unique_ptr<kafka_source::TopicReader> pointer;
    };

    // Names of streams that a reload or a discard changes, for as long as this lives. Thread-safe.
    class BusyStreams {
    public:
        explicit BusyStreams(Daemon& daemon) : daemon_(daemon) {}
        ~BusyStreams();
        BusyStreams(const BusyStreams&) = delete;
        BusyStreams& operator=(const BusyStreams&) = delete;

        // The caller holds the daemon's `config_mutex_`. False if it is busy already.
        bool add(const std::string& name) NO_THREAD_SAFETY_ANALYSIS;

    private:
        Daemon& daemon_;
        std::vector<std::string> names_;
    };

    void take_over_streams();
    void make_workers();
    void log_orphaned_streams() const;
    void make_ingest();
    void apply_readers(const std::vector<config::Source>& sources);
    Reader make_reader(const config::Source& source);
    Awaitable<void> end_reader(std::list<Reader>::iterator former);
    void make_admin();
    void make_exporter();
    void start_exporter();
    std::optional<telemetry::Counts> telemetry_counts() const;
    ingest::Options ingest_options() const;
    Core& next_core() { return *cores_[workers_made_++ % cores_.size()]; }
    Worker make_worker(const config::Destination& destination, Core& core,
                       std::shared_ptr<http::client::Client> client = nullptr);
    void await_hangup();
    std::function<Awaitable<admin::ReloadResult>()> load_reload(std::string_view by);
    void read_configuration(Reload& reload);
    void prepare(const config::Config& running, const config::Config& next, const std::vector<Worker>& workers,
                 Reload& reload);
    static void load_certificate(const config::Config& config, Reload& reload);
    void connect_collector(const config::Config& config, Reload& reload);
    Awaitable<admin::ReloadResult> apply_reload(std::shared_ptr<Reload> reload, std::string_view by);
    Awaitable<std::string> prepare_streams(const config::Config& next, const Reload& reload, BusyStreams& busy);
    void apply_config(config::Config config, const Reload& reload);
    void replace_certificate(std::shared_ptr<http::TlsCertificate> certificate, admin::ReloadResult& result);
    void retire(Retiring former);
    Awaitable<void> end_worker(std::list<Retiring>::iterator former);
    bool is_retiring(const std::string& name) const;
    void run_core(boost::asio::io_context& io);
    void stop_cores();
    // An empty name: the only one.
    admin::ApiResult<Running> find_destination(const std::string& name) const REQUIRES(config_mutex_);
    admin::ApiResult<std::shared_ptr<delivery::DestinationWorker>> find_worker(const std::string& name) const;

    admin::Status status() override;
    admin::Status full_status() override;
    std::string prometheus_text() override { return daemon::prometheus_text(full_status()); }
    std::function<Awaitable<admin::ReloadResult>()> reload() override { return load_reload("api"); }
    std::string configuration() override;
    admin::ApiResult<std::string> transform(const std::string& destination, std::string_view event) override;
    admin::ApiResult<admin::BacklogEvents> backlog_events(const admin::BacklogQuery& query) override;
    admin::ApiResult<std::optional<admin::PauseStatus>> pause(const std::string& destination, std::string message,
                                                              std::string by) override;
    admin::ApiResult<std::optional<admin::PauseStatus>> resume(const std::string& destination, std::string by) override;
    admin::ApiResult<std::optional<admin::PauseStatus>> submit(const std::string& destination, std::string command);
    Awaitable<admin::ApiResult<std::vector<admin::ErasedEvents>>> erase(admin::ErasureQuery query) override;
    std::string owner_of(const std::string& stream) const;
    admin::ApiResult<admin::ErasedEvents> count_orphaned(const std::string& stream,
                                                         const admin::ErasureQuery& query) const;
    admin::ApiResult<admin::OrphanedStream> discard_stream(const std::string& name) override;
    admin::ApiResult<void> set_log_level(const std::string& level) override;
    bool is_idle() const;

    Awaitable<void> serve();
    Awaitable<void> watchdog_loop(std::chrono::microseconds interval);
    Awaitable<void> watch_wall_clock();
    Awaitable<void> sample_status();
    void store_age_clock();
    Awaitable<void> drain(Signals& signals);
    void release_idle_streams();
    Awaitable<bool> wait_until_idle(std::chrono::steady_clock::time_point deadline);

    config::Config config_;       // in force; only the main thread writes it
    mutable Mutex config_mutex_;  // for reads on other threads, also of `workers_` and `retiring_`
    std::set<std::string, std::less<>> busy_streams_ GUARDED_BY(config_mutex_);
    const std::string config_file_;
    const std::function<config::Loaded()> load_;
    events::EventStream events_;
    http::MemoryBudget memory_;          // for all requests of senders
    http::MemoryBudget reading_memory_;  // its part for requests that are still being read
    http::MemoryBudget admin_memory_{32UL << 20U};
    const telemetry::Resource resource_ = telemetry::this_process();
    std::unique_ptr<journal::Journal> journal_;
    const AgeClock ages_;
    const delivery::SystemClock clock_{ages_};
    const WallTime started_ = start_time();
    std::vector<std::unique_ptr<Core>> cores_;
    boost::asio::io_context main_{1};  // destroyed before the cores, as its operations may refer to them
    Signals hangups_{main_};
    boost::asio::thread_pool readers_{1};
    boost::asio::thread_pool loader_{1};         // reads the configuration again on SIGHUP
    std::unique_ptr<telemetry::Tracer> tracer_;  // null: telemetry.otlp.endpoint is not set
    std::vector<Worker> workers_;  // of the destinations, in their order; only the main thread changes them
    std::list<Retiring> retiring_;
    std::map<std::string, Reader> topic_readers_
        GUARDED_BY(config_mutex_);        // by source; only the main thread changes it
    std::list<Reader> retiring_readers_;  // for the main thread
    std::atomic<std::size_t> workers_made_{0};
    bool reloading_ = false;  // for the main thread
    ReloadHistory reloads_ GUARDED_BY(config_mutex_){started_};
    Mutex rates_mutex_;
    RateWindow rates_ GUARDED_BY(rates_mutex_);
    std::unique_ptr<ingest::Ingest> ingest_;
    std::unique_ptr<http::Server> ingest_server_;
    std::unique_ptr<admin::DeadLetterService> letters_;
    std::unique_ptr<admin::Admin> admin_;
    std::unique_ptr<http::Server> admin_server_;
    std::unique_ptr<telemetry::Exporter> exporter_;  // null: telemetry.otlp.endpoint is not set
    const SystemdNotifier systemd_;
    journal::Announcement announcement_;       // for the main thread
    std::atomic<std::size_t> cores_alive_{0};  // that responded since the last watchdog notification
    std::atomic<bool> draining_{false};
    bool cancel_drain_ = false;  // by a second signal
};

Daemon::Daemon(config::Config config, std::string file, std::function<config::Loaded()> load)
    : config_(std::move(config)),
      config_file_(std::move(file)),
      load_(std::move(load)),
      memory_(config_.ingest.memory),
      reading_memory_(config_.ingest.memory / 4 * 3, &memory_),
      journal_(open_journal(config_, resource_.host)),
      ages_(journal_->metadata(age_clock_key).value_or(""), read_clocks()),
      systemd_([](const char* name) -> const char* { return std::getenv(name); }) {
    for (std::size_t i = 0; i < core_count(config_); ++i) cores_.push_back(std::make_unique<Core>());
    take_over_streams();
    if (config_.otlp.endpoint) tracer_ = std::make_unique<telemetry::Tracer>(config_.otlp.sampling, random_seed());
    make_workers();
    make_ingest();
    make_admin();
    make_exporter();
}

Daemon::~Daemon() {
    stop_cores();
}

// A stream that cannot be taken over does not keep the daemon from starting: it is reported as one without a
// destination.
void Daemon::take_over_streams() {
    const auto plan = plan_takeovers(stream_contents(*journal_), config_.destinations);
    for (const auto& problem : plan.problems) logging::error("stream_not_taken_over text=\"{}\"", problem);
    rename_streams(*journal_, plan.takeovers, config_.destinations);
}

void Daemon::make_workers() {
    for (const auto& destination : config_.destinations) {
        const auto& worker = workers_.emplace_back(make_worker(destination, next_core()));
        journal_->set_share(worker->stream(), journal_share(config_, destination));
        worker->limit_queues(config_.ingest.max_pending_per_person);
    }
    log_orphaned_streams();
}

// With `client`, or one that the worker makes.
Daemon::Worker Daemon::make_worker(const config::Destination& destination, Core& core,
                                   std::shared_ptr<http::client::Client> client) {
    auto make_client = [client = std::move(client)](boost::asio::io_context& io,
                                                    http::client::HttpClientOptions options) mutable {
        if (client) return std::exchange(client, nullptr);
        return delivery::make_http_client(io, std::move(options));
    };
    auto worker = std::make_unique<delivery::DestinationWorker>(
        delivery::WorkerEnvironment{core.io, readers_.get_executor(), *journal_, *journal_, *journal_, *journal_,
                                    *journal_, events_, clock_, std::move(make_client), random_seed(), tracer_.get()},
        journal_->create_or_open_stream(destination.name), destination);
    auto is_gone = std::make_shared<std::atomic<bool>>(false);
    const auto release = [&core, is_gone](delivery::DestinationWorker* released) {
        std::unique_ptr<delivery::DestinationWorker> last(released);
        if (!core.running) return;
        // Behind all that the worker has begun there, and behind what that begins.
        boost::asio::post(core.io, [&core, is_gone, last = std::move(last)]() mutable {
            boost::asio::post(core.io, [is_gone, last = std::move(last)]() mutable {
                last.reset();
                *is_gone = true;
            });
        });
    };
    return {std::shared_ptr<delivery::DestinationWorker>(worker.release(), release), is_gone};
}

void Daemon::log_orphaned_streams() const {
    for (const auto& stream : orphaned_streams(stream_contents(*journal_), config_.destinations)) {
        logging::warn("stream_orphaned stream={} events={} dead_letters={}", stream.name, stream.backlog_events,
                      stream.dead_letters);
    }
}

ingest::Options Daemon::ingest_options() const {
    ingest::Options options;
    options.cors_origins = config_.ingest.cors_origins;
    options.max_event = config_.ingest.max_event;
    options.max_record = config_.ingest.max_body;
    options.max_events_per_request = config_.ingest.max_events_per_request;
    options.max_expanded = config_.ingest.max_expanded;
    options.dedupe_window = config_.ingest.dedupe_window;
    for (const auto& source : config_.sources) {
        auto& added = options.sources.emplace_back();
        added.name = source.name;
        added.write_keys = source.write_keys;
        added.insecure_no_auth = source.insecure_no_auth;
        added.rate = source.rate;
        added.types = source.types;
        added.reads_topics = source.kafka.is_used();
        for (const auto& name : source.destination_names()) {
            const auto i = destination_of(config_, name);
            const auto& destination = config_.destinations[i];
            added.destinations.push_back({name, workers_[i]->stream(), destination.mapping,
                                          destination.consent_policy(), destination.event_filter(),
                                          workers_[i]->full_queues()});
        }
    }
    return options;
}

void Daemon::make_ingest() {
    ingest_ = std::make_unique<ingest::Ingest>(
        ingest_options(), *journal_, wall_now, &events_, [this] { return ages_.now(); }, &memory_, tracer_.get());

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

// Starts, keeps or stops readers, as the configuration has it now.
void Daemon::apply_readers(const std::vector<config::Source>& sources) {
    std::vector<std::list<Reader>::iterator> former;
    {
        const MutexLock lock(config_mutex_);
        std::map<std::string, Reader> readers;
        for (const auto& source : sources) {
            if (!source.kafka.is_used()) continue;
            auto node = topic_readers_.extract(source.name);
            if (!node.empty() && node.mapped().kafka == source.kafka) {
                readers.insert(std::move(node));
                continue;
            }
            if (!node.empty()) topic_readers_.insert(std::move(node));
            const auto& started = readers.emplace(source.name, make_reader(source)).first->second;
            started.pointer->start();
        }
        for (auto& [name, reader] : topic_readers_)
            former.push_back(retiring_readers_.insert(retiring_readers_.end(), std::move(reader)));
        topic_readers_ = std::move(readers);
    }
    for (const auto& each : former) {
        each->pointer->stop();
        boost::asio::co_spawn(main_, end_reader(each), boost::asio::detached);
    }
}

Daemon::Reader Daemon::make_reader(const config::Source& source) {
    kafka_source::Options options;
    options.source = source.name;
    options.settings = kafka::client_settings(source.kafka.client);
    options.group = source.kafka.group;
    options.topics = source.kafka.topics;
    return {source.kafka, std::make_unique<kafka_source::TopicReader>(next_core().io, *ingest_, std::move(options))};
}

// Ends with the main context.
Awaitable<void> Daemon::end_reader(std::list<Reader>::iterator former) {
    Timer timer(main_);
    while (!former->pointer->is_stopped()) {
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    retiring_readers_.erase(former);
}

void Daemon::make_admin() {
    letters_ = std::make_unique<admin::DeadLetterService>(*journal_, ages_, config_);
    events_.log(config_.logged_events, config_.redact);
    admin::Control& control = *this;  // make_unique cannot access the private base
    admin_ = std::make_unique<admin::Admin>(control, *letters_, events_, admin_access(config_));
    http::ServerOptions server;
    server.host = config_.admin_listen.host;
    server.port = config_.admin_listen.port;
    server.max_connections = 100;
    server.max_reserved = 32;
    // A dead letter that is imported has its event and the request that was made of it.
    server.max_body = std::clamp<std::size_t>(4 * config_.ingest.max_event, 1UL << 20U, 16UL << 20U);
    server.memory = &admin_memory_;
    server.idle_timeout = std::chrono::seconds(15);
    admin_server_ = std::make_unique<http::Server>(std::vector{&main_}, std::move(server), *admin_);
}

void Daemon::make_exporter() {
    const auto& otlp = config_.otlp;
    if (!otlp.endpoint) return;
    exporter_ = std::make_unique<telemetry::Exporter>(
        main_, std::make_shared<http::client::HttpClient>(main_, collector_options(otlp)), random_seed());
}

void Daemon::start_exporter() {
    if (!exporter_) return;
    const auto interval = config_.otlp.interval;
    exporter_->start(telemetry::Signal::metrics, {interval, interval}, [this]() -> Awaitable<std::string> {
        std::string body;
        co_await on(readers_, [&] {
            body = telemetry::metrics_request(metrics(full_status()), resource_, started_, wall_now());
        });
        co_return body;
    });
    exporter_->start(telemetry::Signal::traces, {std::min(interval, max_trace_period), trace_retries},
                     [this]() -> Awaitable<std::string> {
                         const auto spans = tracer_->take();
                         co_return spans.empty() ? std::string() : telemetry::traces_request(spans, resource_);
                     });
}

std::optional<telemetry::Counts> Daemon::telemetry_counts() const {
    if (!exporter_) return std::nullopt;
    return telemetry::Counts{exporter_->counts(), tracer_->dropped()};
}

void Daemon::run_core(boost::asio::io_context& io) {
    try {
        io.run();
    } catch (const std::bad_alloc&) {
        logging::end_out_of_memory();
    } catch (const std::exception& error) {
        // The state is unknown. The journal makes an abrupt end safe.
        logging::critical("internal_error message=\"{}\"", error.what());
        std::_Exit(EXIT_FAILURE);
    }
}

void Daemon::run() {
    for (auto& core : cores_) {
        core->running = true;
        core->thread = std::thread([this, &io = core->io] { run_core(io); });
    }
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
        core->running = false;
    }
}

Awaitable<void> Daemon::serve() {
    Signals signals(main_, SIGTERM, SIGINT);
    hangups_.add(SIGHUP);
    await_hangup();
    for (auto& worker : workers_) worker->start();
    ingest_->load_message_ids();  // meanwhile the backlog is being delivered
    ingest_server_->start();
    apply_readers(config_.sources);
    admin_server_->start();
    logging::info("listening address={}", config::Listen{config_.listen.host, ingest_server_->port()}.text());
    const auto admin_address = config::Listen{config_.admin_listen.host, admin_server_->port()}.text();
    logging::info("admin_listening address={} page=http://{}/", admin_address, admin_address);
    announcement_ = announcement(config_, resource_.host, admin_server_->port());
    journal_->announce(announcement_);
    logging::info("started version={} threads={} destinations={} sources={}", PINTLE_VERSION, cores_.size(),
                  config_.destinations.size(), config_.sources.size());
    systemd_.notify("READY=1");
    if (const auto interval = systemd_.watchdog())
        boost::asio::co_spawn(main_, watchdog_loop(*interval), boost::asio::detached);
    boost::asio::co_spawn(main_, watch_wall_clock(), boost::asio::detached);
    boost::asio::co_spawn(main_, sample_status(), boost::asio::detached);
    start_exporter();
    const int signal = co_await signals.async_wait(awaiting);
    systemd_.notify("STOPPING=1");
    logging::info("draining signal={} timeout_seconds={}", signal == SIGTERM ? "SIGTERM" : "SIGINT",
                  static_cast<double>(config_.ingest.drain_timeout.count()) / 1000.0);
    co_await drain(signals);
}

// Notifies systemd while every core responds. Ends with the main context.
Awaitable<void> Daemon::watchdog_loop(std::chrono::microseconds interval) {
    Timer timer(main_);
    cores_alive_ = cores_.size();
    while (true) {
        if (cores_alive_ == cores_.size()) {
            systemd_.notify("WATCHDOG=1");
            cores_alive_ = 0;
            for (auto& core : cores_) boost::asio::post(core->io, [this] { ++cores_alive_; });
        }
        timer.expires_after(interval);
        co_await timer.async_wait(awaiting);
    }
}

// Ends with the main context.
Awaitable<void> Daemon::sample_status() {
    Timer timer(main_);
    while (true) {
        {
            auto sample = status();
            announcement_.deliveries = delivery_reports(sample);
            journal_->announce(announcement_);
            const MutexLock lock(rates_mutex_);
            rates_.add(std::move(sample), steady_clock::now());
        }
        timer.expires_after(sample_interval);
        co_await timer.async_wait(awaiting);
    }
}

void Daemon::store_age_clock() {
    journal_->set_metadata(age_clock_key, ages_.keep(read_clocks()));
}

// Stores the age clock for the next start whenever the wall clock was set. Ends with the main context.
Awaitable<void> Daemon::watch_wall_clock() {
    Timer timer(main_);
    auto ahead = ages_.ahead(read_clocks());
    store_age_clock();
    while (true) {
        timer.expires_after(clock_interval);
        co_await timer.async_wait(awaiting);
        const auto before = std::exchange(ahead, ages_.ahead(read_clocks()));
        if (std::chrono::abs(ahead - before) <= tolerated_deviation) {
            ahead = before;
            continue;
        }
        logging::warn("wall_clock_was_set seconds={}", std::chrono::duration<double>(ahead - before).count());
        store_age_clock();
    }
}

bool Daemon::is_idle() const {
    return ingest_server_->connections() == 0 && retiring_.empty() && retiring_readers_.empty() &&
           std::all_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->is_idle(); });
}

// Other processes of a shared journal need not wait for this one's end: they deliver what is pending as soon as this
// one sends nothing more of it and has written what became of the rest.
void Daemon::release_idle_streams() {
    for (const auto& worker : workers_) {
        const auto stream = worker->stream();
        if (worker->is_idle() && journal_->unwritten_acks(stream) == 0)
            journal_->release(stream, journal::ReleaseReason::stopping);
    }
}

// While the daemon drains.
Awaitable<bool> Daemon::wait_until_idle(steady_clock::time_point deadline) {
    Timer timer(main_);
    while (!is_idle() && !cancel_drain_ && steady_clock::now() < deadline) {
        release_idle_streams();
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    co_return is_idle();
}

Awaitable<void> Daemon::drain(Signals& signals) {
    draining_ = true;
    signals.async_wait([this](boost::system::error_code error, int) { cancel_drain_ = !error; });
    ingest_server_->drain();
    apply_readers({});
    for (auto& worker : workers_) worker->stop_dispatch();
    // A variable, as GCC 12 destroys an awaitable twice that is awaited in a condition.
    const bool is_drained = co_await wait_until_idle(steady_clock::now() + config_.ingest.drain_timeout);
    if (!is_drained) {
        logging::warn("drain_timed_out connections={}", ingest_server_->connections());
        cancel_drain_ = false;
    }
    for (auto& worker : workers_) worker->close();
    for (auto& former : retiring_) {
        if (former.worker.pointer) former.worker->close();
    }
    ingest_server_->stop();
    co_await wait_until_idle(steady_clock::now() + cancel_grace);
    if (exporter_) co_await exporter_->stop(last_export_timeout);
    signals.cancel();
    store_age_clock();
    journal_->close();
    std::uint64_t waiting = 0;
    for (const auto& worker : workers_) waiting += journal_->pending(worker->stream());
    logging::info("stopped events_waiting={}", waiting);
}

void Daemon::await_hangup() {
    hangups_.async_wait([this](boost::system::error_code error, int) {
        if (error) return;
        boost::asio::post(loader_, [this] {
            boost::asio::post(main_, [this, apply_reload = load_reload("SIGHUP")] {
                boost::asio::co_spawn(main_, apply_reload(), [this](const std::exception_ptr& thrown, const auto&) {
                    if (thrown) std::rethrow_exception(thrown);
                    await_hangup();
                });
            });
        });
    });
}

// Reads the configuration and all files that it refers to. Blocks.
std::function<Awaitable<admin::ReloadResult>()> Daemon::load_reload(std::string_view by) {
    auto reload = std::make_shared<Reload>();
    try {
        read_configuration(*reload);
    } catch (const std::exception& error) {  // it must not end the daemon
        reload->problems.emplace_back(error.what());
    }
    return [this, by, reload] { return apply_reload(reload, by); };
}

void Daemon::read_configuration(Reload& reload) {
    reload.loaded = load_();
    for (const auto& problem : reload.loaded.problems) reload.problems.push_back(problem.text());
    if (!reload.problems.empty()) return;
    config::Config config;
    std::vector<Worker> workers;
    {
        const MutexLock lock(config_mutex_);
        config = config_;
        workers = workers_;
    }
    const auto next = config::change_of(config, reload.loaded.config).config;
    prepare(config, next, workers, reload);
    load_certificate(next, reload);
    connect_collector(next, reload);
}

// Plans what becomes of the streams, and adds a client for each destination, or a problem where its files cannot be
// read. A running destination that gets another name keeps its worker, as it keeps its stream.
void Daemon::prepare(const config::Config& running, const config::Config& next, const std::vector<Worker>& workers,
                     Reload& reload) {
    reload.streams = plan_stream_reload(stream_contents(*journal_), running.destinations, next.destinations);
    const auto& [takeovers, problems] = reload.streams.of_new;
    reload.problems.insert(reload.problems.end(), problems.begin(), problems.end());
    for (const auto& destination : next.destinations) {
        const auto takeover = std::ranges::find(takeovers, destination.name, &TakeoverPlan::Takeover::to);
        const auto& name = takeover == takeovers.end() ? destination.name : takeover->from;
        const auto i =
            std::ranges::find(running.destinations, name, &config::Destination::name) - running.destinations.begin();
        auto& prepared = reload.prepared[destination.name];
        try {
            if (static_cast<std::size_t>(i) < workers.size()) {
                prepared.worker = workers[static_cast<std::size_t>(i)].pointer;
                prepared.client = prepared.worker->connect(destination);
            } else {
                prepared.core = &next_core();
                prepared.client = delivery::make_client(prepared.core->io, destination);
            }
        } catch (const std::runtime_error& error) {
            reload.problems.push_back("destinations[" + destination.name + "]: " + error.what());
        }
    }
}

// Reads the certificate that ingest is served with, or adds a problem.
void Daemon::load_certificate(const config::Config& config, Reload& reload) {
    if (config.ingest.certificate.empty()) return;
    try {
        reload.certificate = std::make_shared<http::TlsCertificate>(config.ingest.certificate, config.ingest.key);
    } catch (const std::runtime_error& error) {
        reload.problems.push_back(std::string("ingest.tls: ") + error.what());
    }
}

// Makes a client with the headers of `config`, or adds a problem.
void Daemon::connect_collector(const config::Config& config, Reload& reload) {
    if (!exporter_) return;
    try {
        reload.collector = std::make_shared<http::client::HttpClient>(main_, collector_options(config.otlp));
    } catch (const std::runtime_error& error) {
        reload.problems.push_back(std::string("telemetry.otlp: ") + error.what());
    }
}

// One after another, as each may have to wait.
Awaitable<admin::ReloadResult> Daemon::apply_reload(std::shared_ptr<Reload> reload, std::string_view by) {
    Timer timer(main_);
    while (reloading_) {
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    const ReloadInProgress in_progress(reloading_);
    std::vector<std::string> warnings;
    for (const auto& warning : reload->loaded.warnings) warnings.push_back(warning.text());
    for (const auto& warning : warnings) logging::warn("configuration_warning text=\"{}\"", warning);
    auto plan = plan_reload(config_, std::move(reload->loaded.config), std::move(reload->problems), draining_);
    auto& result = plan.result;
    BusyStreams busy(*this);
    if (plan.config) {
        std::string prevented = co_await prepare_streams(*plan.config, *reload, busy);
        if (!prevented.empty()) plan = {{std::vector<std::string>{std::move(prevented)}, {}, {}}, std::nullopt};
    }
    if (!plan.config) {
        for (const auto& problem : result.problems) logging::error("configuration_problem text=\"{}\"", problem);
        logging::error("configuration_rejected by={} problems={} text=\"{}\"", by, result.problems.size(),
                       joined(result.problems, "; "));
        const MutexLock lock(config_mutex_);
        reloads_.add_rejection(wall_now(), by, result.problems);
        co_return result;
    }
    for (const auto& name : reload->streams.waiting) {
        result.needs_restart.push_back("destinations[" + name + "].formerly");
        std::erase(result.changed, result.needs_restart.back());
    }
    apply_config(std::move(*plan.config), *reload);
    if (reload->certificate) replace_certificate(std::move(reload->certificate), result);
    const auto streams = stream_contents(*journal_);
    name_renames(reload->streams.of_new.takeovers, streams, result.changed);
    std::ranges::move(orphan_warnings(orphaned_streams(streams, config_.destinations), config_),
                      std::back_inserter(warnings));
    {
        const MutexLock lock(config_mutex_);
        reloads_.add_success(wall_now(), result.needs_restart);
    }
    logging::info("configuration_reloaded by={} changed=\"{}\"", by, joined(result.changed));
    if (!result.needs_restart.empty())
        logging::warn("configuration_needs_restart fields=\"{}\"", joined(result.needs_restart));
    log_orphaned_streams();
    if (!config_file_.empty()) result.file = std::filesystem::absolute(config_file_).string();
    result.warnings = std::move(warnings);
    co_return result;
}

// Renames and creates the streams of the destinations that start. Until then nothing has changed; afterwards nothing
// can fail. Returns what prevents it, empty if nothing does.
Awaitable<std::string> Daemon::prepare_streams(const config::Config& next, const Reload& reload, BusyStreams& busy) {
    std::vector<std::string> names;  // of streams that get a worker
    {
        const MutexLock lock(config_mutex_);
        for (const auto& destination : next.destinations) {
            const auto prepared = reload.prepared.find(destination.name);
            if (prepared == reload.prepared.end()) co_return "another reload came in between; reload again";
            const auto& worker = prepared->second.worker;
            const bool runs = std::ranges::find(config_.destinations, destination.name, &config::Destination::name) !=
                              config_.destinations.end();
            const bool is_known = worker && std::ranges::find(workers_, worker, &Worker::pointer) != workers_.end();
            if (worker ? !is_known : runs) co_return "another reload came in between; reload again";
            if (!worker) names.push_back(destination.name);
        }
        for (const auto& takeover : reload.streams.of_new.takeovers) names.push_back(takeover.from);
        for (const auto& name : names) {
            if (!busy.add(name)) co_return "the stream " + name + " is being discarded; reload again";
        }
    }
    // Their requests end in time, or are cancelled.
    Timer timer(main_);
    while (std::ranges::any_of(names, [this](const std::string& name) { return is_retiring(name); }) && !draining_) {
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    if (draining_) co_return "the daemon is shutting down";
    std::string problem;
    co_await on(loader_, [&] {
        try {
            rename_streams(*journal_, reload.streams.of_new.takeovers, next.destinations);
            for (const auto& destination : next.destinations) journal_->create_or_open_stream(destination.name);
        } catch (const std::exception& error) {
            problem = error.what();
        }
    });
    if (problem.empty() && draining_) problem = "the daemon is shutting down";
    co_return problem;
}

void Daemon::apply_config(config::Config config, const Reload& reload) {
    std::vector<Worker> workers;
    std::vector<Worker> started;
    for (const auto& destination : config.destinations) {
        const auto& prepared = reload.prepared.at(destination.name);
        if (prepared.worker) {
            workers.push_back(*std::ranges::find(workers_, prepared.worker, &Worker::pointer));
        } else {
            workers.push_back(started.emplace_back(make_worker(destination, *prepared.core, prepared.client)));
        }
    }
    std::vector<Retiring> removed;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        if (std::ranges::find(workers, workers_[i].pointer, &Worker::pointer) == workers.end())
            removed.push_back({config_.destinations[i].name, workers_[i]});
    }
    const bool headers_change = config_.otlp.headers != config.otlp.headers;
    {
        const MutexLock lock(config_mutex_);
        config_ = std::move(config);
        workers_ = std::move(workers);
    }
    if (exporter_ && headers_change) exporter_->use(reload.collector);
    spdlog::set_level(logging::find_level(config_.log_level).value_or(spdlog::level::info));
    admin_->set_access(admin_access(config_));
    events_.log(config_.logged_events, config_.redact);
    letters_->reconfigure(config_);
    announcement_ = announcement(config_, resource_.host, admin_server_->port());
    journal_->announce(announcement_);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto& destination = config_.destinations[i];
        const auto& prepared = reload.prepared.at(destination.name);
        if (prepared.worker) workers_[i]->reconfigure(destination, prepared.client);
        workers_[i]->limit_queues(config_.ingest.max_pending_per_person);
        journal_->set_share(workers_[i]->stream(), journal_share(config_, destination));
    }
    for (const auto& worker : started) worker->start();
    ingest_->replace(ingest_options());
    apply_readers(config_.sources);
    for (auto& former : removed) retire(std::move(former));
}

Daemon::BusyStreams::~BusyStreams() {
    const MutexLock lock(daemon_.config_mutex_);
    for (const auto& name : names_) daemon_.busy_streams_.erase(name);
}

bool Daemon::BusyStreams::add(const std::string& name) {
    if (!daemon_.busy_streams_.insert(name).second) return false;
    names_.push_back(name);
    return true;
}

bool Daemon::is_retiring(const std::string& name) const {
    return std::ranges::find(retiring_, name, &Retiring::name) != retiring_.end();
}

void Daemon::retire(Retiring former) {
    auto at = retiring_.end();
    {
        const MutexLock lock(config_mutex_);
        at = retiring_.insert(retiring_.end(), std::move(former));
    }
    boost::asio::co_spawn(main_, end_worker(at), boost::asio::detached);
}

// Lets the requests in flight end, as a drain does, and then the worker. Ends with the main context.
Awaitable<void> Daemon::end_worker(std::list<Retiring>::iterator former) {
    Timer timer(main_);
    former->worker->stop_dispatch();
    const auto deadline = steady_clock::now() + config_.ingest.drain_timeout;
    bool is_closed = false;
    while (!former->worker->is_idle()) {
        if (!is_closed && steady_clock::now() >= deadline) {
            logging::warn("destination_drain_timed_out destination={}", former->name);
            former->worker->close();
            is_closed = true;
        }
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    former->worker->close();  // its idle connections
    const auto stream = former->worker->stream();
    const auto has_unwritten_letters = [&] {
        return journal_->ledger(stream).retained > journal_->dead_letter_usage(stream).count;
    };
    for (const auto limit = steady_clock::now() + cancel_grace;
         has_unwritten_letters() && steady_clock::now() < limit;) {  // it logs them once they are written
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    former->worker->stop_listening();
    const auto is_gone = former->worker.is_gone;
    {
        const MutexLock lock(config_mutex_);
        former->worker.pointer.reset();
    }
    journal_->release(stream, journal::ReleaseReason::removed);
    while (!*is_gone) {
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    logging::info("destination_removed destination={}", former->name);
    const MutexLock lock(config_mutex_);
    retiring_.erase(former);
}

// Another file is named among the changes already.
void Daemon::replace_certificate(std::shared_ptr<http::TlsCertificate> certificate, admin::ReloadResult& result) {
    const std::string path = "ingest.tls.certificate";
    const bool is_another = ingest_server_->replace_certificate(std::move(certificate));
    if (is_another && std::ranges::find(result.changed, path) == result.changed.end())
        result.changed.push_back(path + " (content)");
}

admin::Status Daemon::status() {
    admin::Status status;
    status.version = PINTLE_VERSION;
    status.started = started_;
    status.now = wall_now();
    status.log_level = logging::name_of(spdlog::get_level());
    status.draining = draining_;
    status.journal = journal_->usage();
    status.journal_has_room = journal_->has_room() && status.journal.error.empty();
    status.not_ready = admin::not_ready(status.draining, status.journal_has_room, status.journal);
    status.cluster = journal_->cluster();
    status.connections = ingest_server_->connections();
    status.certificate_expires = ingest_server_->certificate_expires();
    status.ingest = ingest_->counts();
    status.events = event_totals(status.ingest);
    status.telemetry = telemetry_counts();
    status.process.cpu_seconds = stats::process_cpu_seconds();
    {
        const MutexLock lock(config_mutex_);
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            const auto& worker = *workers_[i].pointer;
            const auto stream = worker.stream();
            auto state = worker.status();
            if (!state.owned && status.cluster)
                state.pauses = delivery::stored_pauses(*journal_, stream, config_.destinations[i], clock_);
            auto& destination = status.destinations.emplace_back(destination_status(
                config_.destinations[i], state, worker.counts(),
                {journal_->ledger(stream), journal_->stream_usage(stream), journal_->dead_letter_usage(stream).count}));
            // The ledger may name this node while it cannot write to it, so that it sends nothing.
            destination.owned = state.owned && journal_->may_send(stream);
            const auto letters = letters_->counts(stream);
            destination.replayed = letters.replayed;
            destination.purged = letters.purged;
        }
        status.orphaned_streams = orphaned_streams(stream_contents(*journal_), config_.destinations);
        status.configuration = reloads_.status();
        for (const auto& [name, reader] : topic_readers_) status.kafka_sources.push_back(reader.pointer->status());
    }
    add_delivery_reports(status);
    const MutexLock lock(rates_mutex_);
    rates_.set_rates(status, steady_clock::now());
    return status;
}

admin::Status Daemon::full_status() {
    auto status = this->status();
    for (auto& destination : status.destinations) {
        if (const auto stream = journal_->find_stream(destination.name))
            destination.oldest_age = read_oldest_age(*journal_, *stream, ages_.now());
    }
    for (auto& orphan : status.orphaned_streams) {
        if (const auto stream = journal_->find_stream(orphan.name))
            orphan.oldest_age = read_oldest_age(*journal_, *stream, ages_.now());
    }
    status.process = stats::this_process();
    return status;
}

std::string Daemon::configuration() {
    const MutexLock lock(config_mutex_);
    const nlohmann::ordered_json document = {
        {"file", config_file_.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(config_file_)},
        {"config", config::config_json(config_)}};
    return text::plain_json(document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

ApiResult<Daemon::Running> Daemon::find_destination(const std::string& name) const {
    const bool is_only = name.empty() && workers_.size() == 1;
    std::string names;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto& destination = config_.destinations[i];
        if (is_only || destination.name == name) return Running{&destination, workers_[i].pointer};
        names += (names.empty() ? "" : ", ") + destination.name;
    }
    const std::string what = name.empty() ? "is required" : "does not exist";
    return ApiError{name.empty() ? 400U : 404U, "destination: " + what + "; allowed: " + names};
}

ApiResult<std::shared_ptr<delivery::DestinationWorker>> Daemon::find_worker(const std::string& name) const {
    const MutexLock lock(config_mutex_);
    const auto found = find_destination(name);
    if (!found) return found.error();
    return found->worker;
}

ApiResult<std::string> Daemon::transform(const std::string& destination, std::string_view event) {
    const MutexLock lock(config_mutex_);
    const auto found = find_destination(destination);
    if (!found) return found.error();
    json::Event parsed;
    if (const auto outcome = parsed.parse(event); !outcome)
        return ApiError{400, "the body must be a JSON object: " + std::string(sentence(outcome.error()))};
    Transformer transformer(*found->destination);
    std::string made;
    transformer(event, made);
    return made;
}

ApiResult<admin::BacklogEvents> Daemon::backlog_events(const admin::BacklogQuery& query) {
    journal::Stream stream = 0;
    auto of_stream = query;
    {
        const MutexLock lock(config_mutex_);
        const auto found = find_destination(query.destination);
        // A stream without a destination has a backlog too.
        const auto orphan = !found && !query.destination.empty() ? journal_->find_stream(query.destination)
                                                                 : std::optional<journal::Stream>();
        if (!found && !orphan) return found.error();
        stream = orphan ? *orphan : found->worker->stream();
        if (found) of_stream.destination = found->destination->name;
    }
    return admin::find_backlog_events(*journal_, stream, of_stream, {});
}

ApiResult<std::optional<admin::PauseStatus>> Daemon::pause(const std::string& destination, std::string message,
                                                           std::string by) {
    const auto worker = find_worker(destination);
    if (!worker) return worker.error();
    if (const auto cluster = journal_->cluster())
        return submit(destination, delivery::pause_command(message, by + through_node(*cluster)));
    return wait_for_pause((*worker)->pause_by_operator(std::move(message), std::move(by)));
}

ApiResult<std::optional<admin::PauseStatus>> Daemon::resume(const std::string& destination, std::string by) {
    const auto worker = find_worker(destination);
    if (!worker) return worker.error();
    if (const auto cluster = journal_->cluster())
        return submit(destination, delivery::resume_command(by + through_node(*cluster)));
    return wait_for_pause((*worker)->resume(std::move(by)));
}

// Has the command done by the node that delivers the destination, which may be another one. Returns the pause by an
// operator that there was before.
ApiResult<std::optional<admin::PauseStatus>> Daemon::submit(const std::string& destination, std::string command) {
    std::optional<admin::PauseStatus> before;
    journal::Stream stream = 0;
    {
        const MutexLock lock(config_mutex_);
        const auto found = find_destination(destination);
        if (!found) return found.error();
        stream = found->worker->stream();
        for (const auto& pause : delivery::stored_pauses(*journal_, stream, *found->destination, clock_))
            if (pause.reason == delivery::PauseReason::by_operator) before = pause_status(pause);
    }
    auto done = std::make_shared<std::promise<boost::system::error_code>>();
    auto future = done->get_future();
    journal_->submit(stream, std::move(command), [done](boost::system::error_code error) { done->set_value(error); });
    if (future.wait_for(command_timeout) != std::future_status::ready || future.get())
        return ApiError{503,
                        "no node that delivers the destination has confirmed it in time; none does it from now on, but "
                        "the status says whether it was done before"};
    return before;
}

// `node NAME`, as the shared journal knows it.
std::string Daemon::owner_of(const std::string& stream) const {
    const auto cluster = journal_->cluster();
    if (!cluster) return "no node";
    const auto found = std::ranges::find(cluster->streams, stream, &journal::ClusterStream::name);
    if (found == cluster->streams.end() || found->owner.empty()) return "no node";
    const auto owner = std::ranges::find(cluster->nodes, found->owner, &journal::ClusterNode::name);
    const bool is_known = owner != cluster->nodes.end() && !owner->announcement.admin_address.empty();
    return "node " + found->owner + (is_known ? " (" + owner->announcement.admin_address + ")" : "");
}

// The destinations one after the other. Their workers erase, as they know what is in flight.
Awaitable<ApiResult<std::vector<admin::ErasedEvents>>> Daemon::erase(admin::ErasureQuery query) {
    std::vector<std::pair<std::string, std::shared_ptr<delivery::DestinationWorker>>> targets;
    std::vector<std::string> orphans;
    {
        const MutexLock lock(config_mutex_);
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            if (query.destination.empty() || query.destination == config_.destinations[i].name)
                targets.emplace_back(config_.destinations[i].name, workers_[i].pointer);
        }
        for (const auto& orphan : orphaned_streams(stream_contents(*journal_), config_.destinations)) {
            if (query.destination.empty() || query.destination == orphan.name) orphans.push_back(orphan.name);
        }
    }
    if (targets.empty() && orphans.empty()) co_return ApiError{404, "there is no destination of that name"};
    Timer timer(main_);
    // The streams of a journal of its own are this process's, but a worker that was just started has not begun yet.
    const auto have_begun = [&] {
        return std::ranges::all_of(targets, [](const auto& target) { return target.second->status().owned; });
    };
    const auto limit = steady_clock::now() + worker_timeout;
    while (!journal_->cluster() && !have_begun() && steady_clock::now() < limit) {
        timer.expires_after(idle_poll_interval);
        co_await timer.async_wait(awaiting);
    }
    for (const auto& [name, worker] : targets) {
        if (!worker->status().owned)
            co_return ApiError{409, owner_of(name) + " delivers " + name + ": name the destination and ask that node"};
    }
    std::vector<admin::ErasedEvents> erased;
    for (const auto& [name, worker] : targets) {
        auto matches = [query, parsed = std::make_shared<json::Event>()](std::string_view event) {
            return admin::is_to_erase(query, event, *parsed);
        };
        auto future = worker->erase(std::move(matches), query.dry_run);
        while (future.wait_for(steady_clock::duration::zero()) != std::future_status::ready) {
            if (draining_) co_return ApiError{503, "the daemon is shutting down"};
            timer.expires_after(idle_poll_interval);
            co_await timer.async_wait(awaiting);
        }
        const auto done = wait_for_worker(std::move(future), worker_timeout);
        if (!done) co_return done.error();
        if (!done->error.empty()) co_return ApiError{503, name + ": " + done->error};
        erased.push_back({name, done->events, done->in_flight, done->deletions, 0, 0});
    }
    for (const auto& name : orphans) {
        ApiResult<admin::ErasedEvents> orphan = admin::ErasedEvents();
        co_await on(loader_, [&] { orphan = count_orphaned(name, query); });
        if (!orphan) co_return orphan.error();
        erased.push_back(*orphan);
    }
    co_return erased;
}

// The pending events of a stream without a destination that match. Blocks for the disk.
ApiResult<admin::ErasedEvents> Daemon::count_orphaned(const std::string& stream,
                                                      const admin::ErasureQuery& query) const {
    constexpr std::size_t page = 1'000;
    admin::ErasedEvents counted;
    counted.destination = stream;
    const auto found = journal_->find_stream(stream);
    if (!found) return counted;
    json::Event parsed;
    try {
        for (auto records = journal_->read(*found, 0, page, 1 << 20U); !records.empty();
             records = journal_->read(*found, records.back().offset, page, 1 << 20U)) {
            for (const auto& stored : records) {
                const auto record = journal::decode(stored.bytes);
                if (record && admin::is_to_erase(query, record->event, parsed)) ++counted.orphaned;
            }
        }
    } catch (const std::runtime_error& error) {
        return ApiError{503, std::string("the journal cannot be read: ") + error.what()};
    }
    return counted;
}

ApiResult<admin::OrphanedStream> Daemon::discard_stream(const std::string& name) {
    BusyStreams busy(*this);
    {
        const MutexLock lock(config_mutex_);
        if (std::ranges::find(config_.destinations, name, &config::Destination::name) != config_.destinations.end())
            return ApiError{409,
                            name + " is a destination of the configuration; only a stream without one is discarded"};
        if (is_retiring(name) || !busy.add(name))
            return ApiError{409, "requests of " + name + " are still in flight; try again"};
    }
    const auto streams = stream_contents(*journal_);
    const auto content = std::ranges::find(streams, name, &StreamContent::name);
    const auto stream = journal_->find_stream(name);
    const bool holds_something = content != streams.end() && stream && !content->empty();
    try {
        if (holds_something) journal_->discard(*stream);
        if (stream) delivery::forget_pauses(*journal_, *stream, name);
    } catch (const std::runtime_error& error) {
        return ApiError{503, error.what()};
    }
    if (!holds_something)
        return ApiError{404, name + ": there is no such stream without a destination, or it is empty"};
    logging::warn("stream_discarded stream={} events={} dead_letters={} by=api", name, content->events,
                  content->dead_letters);
    return admin::OrphanedStream{name, content->events, content->bytes, content->dead_letters, {}};
}

ApiResult<void> Daemon::set_log_level(const std::string& level) {
    const auto known = logging::find_level(level);
    if (!known) return ApiError{400, "level: allowed: trace, debug, info, warn, error"};
    spdlog::set_level(*known);
    logging::warn("log_level_changed level={} by=api", level);
    return {};
}

}  // namespace

void run(config::Config config, std::string file, std::function<config::Loaded()> load) {
    Daemon(std::move(config), std::move(file), std::move(load)).run();
}

}  // namespace pintle::daemon
