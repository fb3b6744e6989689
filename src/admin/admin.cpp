#include "pintle/admin/admin.hpp"

#include <charconv>
#include <utility>

#include <openssl/crypto.h>
#include <boost/beast/core/string.hpp>
#include <nlohmann/json.hpp>

#include "http/query.hpp"

namespace pintle::admin {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t page = 100;  // dead letters an answer

void say(http::Answer& answer, unsigned status, std::string_view message) {
    answer.status = status;
    answer.body = ordered_json{{"error", message}}.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json to_json(const DestinationView& view) {
    ordered_json document = {
        {"name", view.name},           {"waiting", view.waiting},    {"under_way", view.under_way},
        {"delivered", view.delivered}, {"dead_letters", view.dead},  {"retries", view.retries},
        {"failing", view.failing},     {"held", !view.held.empty()},
    };
    if (!view.held.empty()) document["reason"] = view.held;
    return document;
}

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
        ordered_json entry = {{"name", destination.name}, {"held", !destination.held.empty()}};
        if (!destination.held.empty()) entry["reason"] = destination.held;
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

// ?after=ID pages: the next page begins behind the last id of this one.
void answer_dead_letters(const View& view, const journal::Journal& journal, std::string_view query,
                         http::Answer& answer) {
    std::uint64_t after = 0;
    const std::string digits = http::query_parameter(query, "after").value_or("");
    std::from_chars(digits.data(), digits.data() + digits.size(), after);
    std::string list;
    for (const auto& destination : view.destinations) {
        for (const auto& letter : journal.dead_letters(destination.log, after, page)) {
            list.append(list.empty() ? "" : ",\n").append(admin::to_json(letter));
        }
    }
    answer.body = "{\"dead_letters\":[" + list + "]}\n";
}

constexpr std::string_view routes =
    "pintle " PINTLE_VERSION
    "\n\n"
    "/health             the process lives\n"
    "/ready              events are taken in; which destination is held, and why\n"
    "/api/status         counts, backlog and state of each destination\n"
    "/api/dead-letters   what could not be delivered, with the reason (?after=ID for more)\n";

bool known(std::string_view path) {
    return path == "/" || path == "/health" || path == "/ready" || path == "/api/status" || path == "/api/dead-letters";
}

}  // namespace

Admin::Admin(Look look, const journal::Journal& journal, std::string token)
    : look_(std::move(look)), journal_(journal), token_(std::move(token)) {}

void Admin::fault(unsigned status, std::string_view reason, http::Answer& answer) {
    say(answer, status, reason);
}

std::optional<http::Answer> Admin::refuse(const http::Request& head) {
    using boost::beast::http::verb;
    http::Answer answer;
    if (!known(head.path)) {
        say(answer, 404, "no such route");
        return answer;
    }
    if (head.method != verb::get && head.method != verb::head) {
        say(answer, 405, "method not allowed");
        answer.headers = "Allow: GET, HEAD\r\n";
        return answer;
    }
    if (token_.empty() || !head.path.starts_with("/api")) return std::nullopt;
    const std::string_view given = head.headers[boost::beast::http::field::authorization];
    const std::string expected = "Bearer " + token_;
    if (given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0) {
        return std::nullopt;
    }
    say(answer, 401, "admin.token is asked for: Authorization: Bearer TOKEN");
    answer.headers = "WWW-Authenticate: Bearer\r\n";
    return answer;
}

http::Awaitable<void> Admin::handle(http::Request& request, http::Answer& answer) {
    if (request.path == "/health") {
        answer.body = "{\"status\":\"ok\"}\n";
    } else if (request.path == "/ready") {
        answer_ready(look_(), answer);
    } else if (request.path == "/api/status") {
        answer_status(look_(), answer);
    } else if (request.path == "/api/dead-letters") {
        answer_dead_letters(look_(), journal_, request.query, answer);
    } else {
        answer.content_type = "text/plain; charset=utf-8";
        answer.body = routes;
    }
    co_return;
}

}  // namespace pintle::admin
