#include "admin/status.hpp"

#include <utility>

#include "admin/json.hpp"
#include "pintle/record/wall_clock.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

void say_held(const DestinationView& view, ordered_json& document) {
    document["held"] = !view.held.empty();
    if (view.held.empty()) return;
    document["by_hand"] = view.by_hand;
    document["since"] = to_iso8601(view.held_since);
    document["reason"] = view.held;
}

ordered_json to_json(const DestinationView& view) {
    ordered_json document = {
        {"name", view.name},
        {"host", view.host},
        {"api_version", view.api_version},
        {"rate", view.rate},
        {"waiting", view.waiting},
        {"backlog_bytes", nullptr},
        {"oldest_seconds", nullptr},
        {"under_way", view.under_way},
        {"requests", view.requests},
        {"connections", view.connections},
        {"accepted", view.ledger.accepted},
        {"delivered", view.delivered},
        {"dead_letters", view.dead},
        {"retries", view.retries},
        {"replayed", view.replayed},
        {"purged", view.purged},
        {"dead_letters_kept", view.letters},
        {"lost", view.ledger.lost},
        {"retries_by_cause", view.retries_by_cause},
        {"dead_letters_by_reason", view.letters_by_reason},
        {"failing", view.failing},
        {"backlog_max_bytes", view.usage.max_bytes},
        {"full", view.usage.full},
        {"calls", times_of(view.calls)},
        {"ways", times_of(view.ways)},
    };
    if (view.backlog) {
        document["backlog_bytes"] = view.backlog->bytes;
        document["oldest_seconds"] = view.backlog->oldest;
    }
    say_held(view, document);
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
    return {{"has_room", view.journal_has_room},
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

WallTime started(const View& view) {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(view.process.started * 1000)));
}

}  // namespace

// Ready is whether events are taken in. A held destination does not end that (its events wait on disk), nor does one
// whose share of the journal is full (only its own senders are turned away), but it is said.
void answer_ready(const View& view, http::Answer& answer) {
    ordered_json document;
    if (view.draining) {
        document["status"] = "draining";
    } else if (!view.journal_has_room) {
        document["status"] = "the journal takes nothing: " +
                             (view.journal.error.empty() ? "it is full or the disk fails" : view.journal.error);
    } else {
        document["status"] = "ready";
    }
    answer.status = view.draining || !view.journal_has_room ? 503 : 200;
    document["destinations"] = ordered_json::array();
    for (const auto& destination : view.destinations) {
        ordered_json entry = {{"name", destination.name}, {"full", destination.usage.full}};
        say_held(destination, entry);
        if (destination.ledger.lost > 0) entry["lost"] = destination.ledger.lost;
        document["destinations"].push_back(std::move(entry));
    }
    answer.body = dumped(document) + "\n";
}

void answer_status(const View& view, bool redact, http::Answer& answer) {
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

void answer_destinations(const View& view, http::Answer& answer) {
    answer.body = dumped({{"destinations", destinations_of(view)}}) + "\n";
}

void answer_destination(const View& view, std::string_view name, http::Answer& answer) {
    for (const auto& destination : view.destinations)
        if (destination.name == name) answer.body = dumped(to_json(destination)) + "\n";
}

}  // namespace pintle::admin
