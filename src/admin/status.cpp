#include "admin/status.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "pintle/record/wall_clock.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

void say_held(const DestinationView& view, ordered_json& document) {
    document["held"] = !view.held.empty();
    if (view.held.empty()) return;
    document["since"] = to_iso8601(view.held_since);
    document["reason"] = view.held;
}

ordered_json to_json(const DestinationView& view) {
    ordered_json document = {
        {"name", view.name},           {"waiting", view.waiting},   {"under_way", view.under_way},
        {"delivered", view.delivered}, {"dead_letters", view.dead}, {"retries", view.retries},
        {"replayed", view.replayed},   {"purged", view.purged},     {"dead_letters_kept", view.letters},
        {"failing", view.failing},
    };
    say_held(view, document);
    return document;
}

}  // namespace

// Ready is whether events are taken in. A held destination does not end that (its events wait on disk), but it is said.
void answer_ready(const View& view, http::Answer& answer) {
    ordered_json document;
    if (view.draining) {
        document["status"] = "draining";
    } else if (!view.journal_has_room) {
        document["status"] = "the journal takes nothing: it is full or the disk fails";
    } else {
        document["status"] = "ready";
    }
    answer.status = view.draining || !view.journal_has_room ? 503 : 200;
    document["destinations"] = ordered_json::array();
    for (const auto& destination : view.destinations) {
        ordered_json entry = {{"name", destination.name}};
        say_held(destination, entry);
        document["destinations"].push_back(std::move(entry));
    }
    answer.body = document.dump() + "\n";
}

void answer_status(const View& view, http::Answer& answer) {
    ordered_json document = {
        {"version", PINTLE_VERSION},
        {"draining", view.draining},
        {"connections", view.connections},
        {"events",
         {{"received", view.received},
          {"accepted", view.accepted},
          {"refused", view.refused},
          {"dead_lettered", view.dead_lettered},
          {"dropped",
           {{"duplicate", view.duplicates},
            {"integration_disabled", view.integration_disabled},
            {"consent_denied", view.consent_denied}}}}},
        {"journal", {{"has_room", view.journal_has_room}, {"bytes", view.journal_bytes}}},
        {"destinations", ordered_json::array()},
    };
    for (const auto& destination : view.destinations) document["destinations"].push_back(to_json(destination));
    answer.body = document.dump() + "\n";
}

}  // namespace pintle::admin
