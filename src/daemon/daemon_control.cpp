// The daemon as its operator reaches it.
#include <algorithm>
#include <array>
#include <numeric>

#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include "pintle/admin/backlog_scan.hpp"
#include "pintle/base/escape.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/json.hpp"
#include "pintle/daemon/daemon.hpp"
#include "pintle/daemon/transformer.hpp"
#include "pintle/json/event.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::daemon {
namespace {

using admin::Answered;
using admin::Fault;

// As the configuration names them.
struct Level {
    std::string_view name;
    spdlog::level::level_enum level;
};
constexpr std::array levels{Level{"trace", spdlog::level::trace}, Level{"debug", spdlog::level::debug},
                            Level{"info", spdlog::level::info}, Level{"warn", spdlog::level::warn},
                            Level{"error", spdlog::level::err}};

std::string name_of(spdlog::level::level_enum level) {
    const auto* const found = std::ranges::find(levels, level, &Level::level);
    return std::string(found == levels.end() ? "error" : found->name);
}

admin::DestinationView view_of(const delivery::DestinationWorker& worker, const config::Destination& destination,
                               const journal::Journal& journal, const admin::DeadLetterService& office) {
    const auto status = worker.status();
    const auto& counts = worker.counts();
    const auto letters = office.counts(worker.stream());
    admin::DestinationView seen;
    seen.name = worker.name();
    seen.host = status.host;
    seen.api_version = destination.mapping.api_version == customerio::ApiVersion::v1 ? "v1" : "v2";
    seen.rate = destination.rate;
    seen.stream = worker.stream();
    seen.backlog_events = journal.pending(seen.stream);
    seen.in_flight = counts.requests_in_flight.load(std::memory_order_relaxed);
    seen.connections = status.connections;
    seen.delivered = counts.delivered.value();
    seen.dead_lettered = stats::sum(counts.dead_lettered.counts());
    seen.retries = stats::sum(counts.retries.counts());
    seen.replayed = letters.replayed;
    seen.purged = letters.purged;
    seen.ledger = journal.ledger(seen.stream);
    seen.usage = journal.stream_usage(seen.stream);
    seen.dead_letters = journal.dead_letter_usage(seen.stream).count;
    seen.paused = status.paused;
    seen.circuit_breaker_open = status.circuit_breaker_open;
    return seen;
}

// Those that are not 0.
void add_by_code(const stats::ReasonCounts& counts, std::map<std::string, std::uint64_t>& to) {
    for (const auto& [reason, count] : counts)
        if (count > 0) to[std::string(code(reason))] += count;
}

void add_counts(const ingest::Counts& counts, admin::View& view) {
    add_by_code(counts.rejected, view.rejected_by_reason);
    for (const auto& source : counts.sources) {
        view.received += std::accumulate(source.received.begin(), source.received.end(), std::uint64_t{0});
        view.accepted += source.accepted;
        view.rejected += stats::sum(source.rejected);
        view.dead_lettered += stats::sum(source.dead_lettered);
        view.duplicates += source.duplicate;
        view.integration_disabled += source.integration_disabled;
        view.consent_denied += source.consent_denied;
        add_by_code(source.rejected, view.rejected_by_reason);
    }
}

}  // namespace

admin::View Daemon::look() {
    admin::View view;
    view.draining = draining_;
    view.journal = journal_->usage();
    view.journal_has_room = journal_->has_room() && view.journal.error.empty();
    view.log_level = name_of(spdlog::get_level());
    view.now = wall_now();
    view.connections = ingest_server_->connections();
    add_counts(ingest_->counts(), view);
    const MutexLock lock(config_mutex_);
    for (std::size_t i = 0; i < workers_.size(); ++i)
        view.destinations.push_back(view_of(*workers_[i], config_.destinations[i], *journal_, *letters_));
    return view;
}

admin::View Daemon::full_status() {
    auto view = look();
    const auto measured = snapshot();
    for (std::size_t i = 0; i < view.destinations.size(); ++i) {
        const auto& from = measured.destinations[i];
        auto& to = view.destinations[i];
        add_by_code(from.retries, to.retries_by_cause);
        add_by_code(from.dead_lettered, to.letters_by_reason);
        to.request_duration = from.request_duration;
        to.delivery_latency = from.delivery_latency;
        if (from.backlog) to.backlog = {from.backlog->bytes, from.backlog->oldest_age};
    }
    {
        const MutexLock lock(drains_mutex_);
        for (std::size_t i = 0; i < drains_.size(); ++i)
            view.destinations[i].time_to_drain = drains_[i].time_to_drain();
    }
    const auto& process = measured.process;
    view.process = {process.start_time, process.cpu_seconds, process.resident_bytes, process.open_files};
    return view;
}

std::string Daemon::prometheus_text() {
    return to_text(snapshot());
}

std::string Daemon::configuration() {
    const MutexLock lock(config_mutex_);
    const nlohmann::ordered_json document = {
        {"file", config_file_.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(config_file_)},
        {"config", config::config_json(config_)}};
    return text::plain_json(document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Answered<delivery::DestinationWorker*> Daemon::find_runner(const std::string& name) const {
    if (name.empty() && workers_.size() == 1) return workers_.front().get();
    std::string names;
    for (const auto& worker : workers_) {
        if (worker->name() == name) return worker.get();
        names += (names.empty() ? "" : ", ") + worker->name();
    }
    const std::string what = name.empty() ? "is needed" : "there is none of that name";
    return Fault{name.empty() ? 400U : 404U, "destination: " + what + "; there are: " + names};
}

Answered<std::string> Daemon::transform(const std::string& destination, std::string_view event) {
    const auto worker = find_runner(destination);
    if (!worker) return worker.error();
    const MutexLock lock(config_mutex_);
    json::Event parsed;
    if (const auto outcome = parsed.parse(event); !outcome)
        return Fault{400, "the body must be a JSON object: " + std::string(sentence(outcome.error()))};
    Transformer transformer(*std::ranges::find(config_.destinations, (*worker)->name(), &config::Destination::name));
    std::string made;
    transformer(event, made);
    return made;
}

Answered<admin::Waiting> Daemon::waiting(const admin::WaitingQuery& query) {
    const auto worker = find_runner(query.destination);
    if (!worker) return worker.error();
    return admin::find_waiting(*journal_, (*worker)->stream(), query, {});
}

Answered<void> Daemon::pause(const std::string& destination, std::string message) {
    const auto worker = find_runner(destination);
    if (!worker) return worker.error();
    (*worker)->pause_by_operator(std::move(message)).wait();
    return {};
}

Answered<void> Daemon::resume(const std::string& destination) {
    const auto worker = find_runner(destination);
    if (!worker) return worker.error();
    (*worker)->resume().wait();
    return {};
}

Answered<void> Daemon::set_log_level(const std::string& level) {
    const auto* const known = std::ranges::find(levels, std::string_view(level), &Level::name);
    if (known == levels.end()) return Fault{400, "level: there are: trace, debug, info, warn, error"};
    spdlog::set_level(known->level);
    logging::warn("log_level_changed level={} by=api", level);
    return {};
}

}  // namespace pintle::daemon
