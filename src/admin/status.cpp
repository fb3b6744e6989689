#include "status.hpp"

#include <algorithm>
#include <utility>

#include "json.hpp"
#include "pintle/base/time.hpp"
#include "respond.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

ordered_json to_json(const std::optional<delivery::Pause>& pause) {
    if (!pause) return nullptr;
    return {
        {"reason", delivery::code_of(pause->reason)}, {"since", to_iso8601(pause->since)}, {"message", pause->message}};
}

ordered_json to_json(const DestinationView& view) {
    ordered_json document = {
        {"name", view.name},
        {"host", view.host},
        {"api_version", view.api_version},
        {"rate", view.rate},
        {"backlog_events", view.backlog_events},
        {"backlog_bytes", nullptr},
        {"backlog_oldest_age_seconds", nullptr},
        {"time_to_drain_seconds", nullptr},
        {"in_flight", view.in_flight},
        {"connections", view.connections},
        {"accepted", view.ledger.accepted},
        {"delivered", view.delivered},
        {"dead_lettered", view.dead_lettered},
        {"retries", view.retries},
        {"replayed", view.replayed},
        {"purged", view.purged},
        {"dead_letters", view.dead_letters},
        {"lost", view.ledger.lost},
        {"retries_by_cause", view.retries_by_cause},
        {"dead_letters_by_reason", view.letters_by_reason},
        {"paused", to_json(view.paused)},
        {"circuit_breaker_open", view.circuit_breaker_open},
        {"backlog_max_bytes", view.usage.max_bytes},
        {"full", view.usage.full},
        {"request_duration", times_of(view.request_duration)},
        {"delivery_latency", times_of(view.delivery_latency)},
    };
    if (view.backlog) {
        document["backlog_bytes"] = view.backlog->bytes;
        document["backlog_oldest_age_seconds"] = view.backlog->oldest_age;
    }
    if (view.time_to_drain) document["time_to_drain_seconds"] = *view.time_to_drain;
    return document;
}

ordered_json destinations_of(const View& view) {
    auto all = ordered_json::array();
    for (const auto& destination : view.destinations) all.push_back(to_json(destination));
    return all;
}

ordered_json counts_of(const View& view) {
    return {{"received", view.received},
            {"accepted", view.accepted},
            {"rejected", view.rejected},
            {"dead_lettered", view.dead_lettered},
            {"dropped",
             {{"duplicate", view.duplicates},
              {"integration_disabled", view.integration_disabled},
              {"consent_denied", view.consent_denied}}}};
}

ordered_json journal_of(const View& view) {
    const auto& error = view.journal.error;
    return {{"has_room", view.journal_has_room},
            {"full", view.journal.full},
            {"error", error.empty() ? ordered_json() : ordered_json(error)},
            {"bytes", view.journal.bytes_on_disk},
            {"max_bytes", view.journal.max_bytes},
            {"bytes_free", view.journal.bytes_free},
            {"commits", times_of(view.journal.commits)}};
}

ordered_json process_of(const View& view) {
    return {{"resident_bytes", view.process.resident_bytes},
            {"cpu_seconds", view.process.cpu_seconds},
            {"open_files", view.process.open_files}};
}

// Why it has no room.
std::string journal_trouble(const journal::Usage& usage) {
    if (!usage.error.empty()) return usage.error;
    return usage.full ? "it is full" : "too many writes wait for the disk";
}

WallTime started(const View& view) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(view.process.started * 1000)));
}

}  // namespace

// Ready is whether events are accepted. A paused destination does not change that (its events wait on disk), nor does
// one whose share of the journal is full (only its own senders get 503); both are reported.
void answer_ready(const View& view, http::Response& answer) {
    ordered_json document;
    if (view.draining) {
        document["status"] = "draining";
    } else if (!view.journal_has_room) {
        document["status"] = "the journal accepts no events: " + journal_trouble(view.journal);
    } else {
        document["status"] = "ready";
    }
    answer.status = view.draining || !view.journal_has_room ? 503 : 200;
    document["destinations"] = ordered_json::array();
    for (const auto& destination : view.destinations) {
        ordered_json entry = {
            {"name", destination.name}, {"full", destination.usage.full}, {"paused", to_json(destination.paused)}};
        if (destination.ledger.lost > 0) entry["lost"] = destination.ledger.lost;
        document["destinations"].push_back(std::move(entry));
    }
    answer.body = dumped(document) + "\n";
}

void answer_status(const View& view, bool redact, http::Response& answer) {
    const ordered_json document = {
        {"version", PINTLE_VERSION},
        {"started_at", time_of(started(view))},
        {"now", time_of(view.now)},
        {"draining", view.draining},
        {"redact", redact},
        {"log_level", view.log_level},
        {"connections", view.connections},
        {"events", counts_of(view)},
        {"rejected_by_reason", view.rejected_by_reason},
        {"journal", journal_of(view)},
        {"process", process_of(view)},
        {"destinations", destinations_of(view)},
    };
    answer.body = dumped(document) + "\n";
}

void answer_destinations(const View& view, http::Response& answer) {
    answer.body = dumped({{"destinations", destinations_of(view)}}) + "\n";
}

void answer_destination(const View& view, std::string_view name, http::Response& answer) {
    const auto destination = std::ranges::find(view.destinations, name, &DestinationView::name);
    if (destination == view.destinations.end()) return say(answer, 404, "there is no destination of that name");
    answer.body = dumped(to_json(*destination)) + "\n";
}

}  // namespace pintle::admin
