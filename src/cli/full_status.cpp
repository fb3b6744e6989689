#include "full_status.hpp"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "pintle/base/terminal_text.hpp"
#include "pintle/customerio/values.hpp"
#include "pintle/json/event.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::cli {
namespace {

using nlohmann::json;

// A value that is missing or of another kind is as if it were zero.
const json& at(const json& object, const char* key) {
    static const json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

std::uint64_t number(const json& object, const char* key) {
    return read_unsigned(at(object, key)).value_or(0);
}

double real(const json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_number() ? value.get<double>() : 0;
}

bool flag(const json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_boolean() && value.get<bool>();
}

std::string text(const json& object, const char* key) {
    const auto& value = at(object, key);
    return value.is_string() ? text::shown(value.get<std::string>()) : std::string();
}

std::map<std::string, std::uint64_t> counts(const json& object, const char* key) {
    std::map<std::string, std::uint64_t> counts;
    const auto& value = at(object, key);
    if (!value.is_object()) return counts;
    for (const auto& [name, count] : value.items()) {
        if (count.is_number()) counts[text::shown(name)] += read_unsigned(count).value_or(0);
    }
    return counts;
}

HistogramStatus histogram(const json& object, const char* key) {
    HistogramStatus look;
    for (const auto& bound : at(at(object, key), "bounds"))
        look.bounds.push_back(bound.is_number() ? bound.get<double>() : 0);
    for (const auto& count : at(at(object, key), "counts")) look.counts.push_back(read_unsigned(count).value_or(0));
    if (look.counts.size() != look.bounds.size() + 1) return {};
    return look;
}

std::optional<double> optional_real(const json& object, const char* key) {
    return at(object, key).is_number() ? std::optional(real(object, key)) : std::nullopt;
}

std::optional<PauseStatus> read_pause(const json& pause) {
    if (!pause.is_object()) return std::nullopt;
    return PauseStatus{text(pause, "reason"), text(pause, "since"), text(pause, "message")};
}

DestinationStatus read_destination(const json& document) {
    DestinationStatus look;
    look.name = text(document, "name");
    look.backlog_events = number(document, "backlog_events");
    look.in_flight = number(document, "in_flight");
    look.accepted = number(document, "accepted");
    look.delivered = number(document, "delivered");
    look.dead_lettered = number(document, "dead_lettered");
    look.dead_letters = number(document, "dead_letters");
    look.lost = number(document, "lost");
    look.retries = number(document, "retries");
    if (at(document, "backlog_bytes").is_number()) look.backlog_bytes = number(document, "backlog_bytes");
    look.backlog_oldest_age_seconds = optional_real(document, "backlog_oldest_age_seconds");
    look.time_to_drain_seconds = optional_real(document, "time_to_drain_seconds");
    look.retries_by_cause = counts(document, "retries_by_cause");
    look.dead_letters_by_reason = counts(document, "dead_letters_by_reason");
    look.request_duration = histogram(document, "request_duration");
    look.paused = read_pause(at(document, "paused"));
    look.circuit_breaker_open = flag(document, "circuit_breaker_open");
    look.full = flag(document, "full");
    return look;
}

double seconds_between(const json& document, const char* from, const char* to) {
    pintle::json::Event event;
    if (!event.parse(document.dump(-1, ' ', false, json::error_handler_t::replace))) return 0;
    const auto begin = customerio::read_time(event[from]);
    const auto end = customerio::read_time(event[to]);
    return begin && end ? std::chrono::duration<double>(*end - *begin).count() : 0;
}

}  // namespace

std::optional<double> quantile(const HistogramStatus& before, const HistogramStatus& now, double q) {
    std::vector<double> counted;
    double all = 0;
    for (std::size_t i = 0; i < now.counts.size(); ++i) {
        const auto earlier = i < before.counts.size() ? before.counts[i] : 0;
        counted.push_back(now.counts[i] > earlier ? static_cast<double>(now.counts[i] - earlier) : 0);
        all += counted.back();
    }
    if (all <= 0) return std::nullopt;
    double left = q * all;
    for (std::size_t i = 0; i < now.bounds.size(); ++i) {
        const double below = i == 0 ? 0 : now.bounds[i - 1];
        if (left <= counted[i] && counted[i] > 0) return below + (now.bounds[i] - below) * left / counted[i];
        left -= counted[i];
    }
    return now.bounds.empty() ? 0 : now.bounds.back();
}

std::string DestinationStatus::state() const {
    if (paused) return "paused";
    if (circuit_breaker_open) return "circuit_breaker_open";
    return backlog_events > 0 ? "delivering" : "idle";
}

std::string DestinationStatus::state_in_words() const {
    auto words = state();
    std::ranges::replace(words, '_', ' ');
    return words;
}

std::string FullStatus::trouble() const {
    std::string out;
    const auto add = [&](const std::string& what) { out.append(out.empty() ? "" : "; ").append(what); };
    if (draining) add("it is shutting down (draining) and accepts no new connections");
    if (!journal_has_room) {
        const std::string why = journal_full ? "it is full" : "too many writes wait for the disk";
        add("the journal accepts no events: " + (journal_error.empty() ? why : journal_error));
    }
    for (const auto& destination : destinations) {
        const auto& [name, paused] = std::tie(destination.name, destination.paused);
        if (destination.full) add("events for " + name + " get 503: its share of the journal is full");
        if (paused) add(name + " is paused (" + paused->reason + ") since " + paused->since + ": " + paused->message);
    }
    return out;
}

std::optional<FullStatus> read_status(std::string_view json_text) {
    const auto document = parse_json(json_text);
    if (!at(document, "version").is_string() || !at(document, "destinations").is_array()) return std::nullopt;
    FullStatus look;
    look.version = text(document, "version");
    look.started_at = text(document, "started_at");
    look.now = text(document, "now");
    look.up_seconds = seconds_between(document, "started_at", "now");
    look.draining = flag(document, "draining");
    look.connections = number(document, "connections");
    const auto& events = at(document, "events");
    look.received = number(events, "received");
    look.accepted = number(events, "accepted");
    look.rejected = number(events, "rejected");
    look.dead_lettered = number(events, "dead_lettered");
    look.rejected_by_reason = counts(document, "rejected_by_reason");
    look.dropped_by_reason = counts(events, "dropped");
    for (const auto& [reason, count] : look.dropped_by_reason) look.dropped += count;
    const auto& journal = at(document, "journal");
    look.journal_has_room = !at(journal, "has_room").is_boolean() || flag(journal, "has_room");
    look.journal_full = flag(journal, "full");
    look.journal_error = text(journal, "error");
    look.journal_bytes = number(journal, "bytes");
    look.journal_max_bytes = number(journal, "max_bytes");
    look.commits = histogram(journal, "commits");
    look.resident_bytes = number(at(document, "process"), "resident_bytes");
    look.cpu_seconds = real(at(document, "process"), "cpu_seconds");
    for (const auto& each : at(document, "destinations")) look.destinations.push_back(read_destination(each));
    return look;
}

}  // namespace pintle::cli
