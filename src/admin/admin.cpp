#include "pintle/admin/admin.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "control_routes.hpp"
#include "dead_letter_routes.hpp"
#include "erasure_routes.hpp"
#include "event_routes.hpp"
#include "guard.hpp"
#include "guess_limit.hpp"
#include "openapi.hpp"
#include "page_routes.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/blocking.hpp"
#include "pintle/http/server/failure_log.hpp"
#include "pintle/logging/logging.hpp"
#include "respond.hpp"
#include "routes.hpp"
#include "status.hpp"

namespace pintle::admin {

// Attempts with a wrong token.
struct Admin::FailedTokens {
    GuessLimit limit;
    http::FailureLog stream;
};

Admin::Admin(Control& control, DeadLetterOperations& dead_letters, events::EventStream& events, Access access)
    : control_(control),
      dead_letters_(dead_letters),
      events_(events),
      access_(std::move(access)),
      failed_tokens_(std::make_unique<FailedTokens>()) {}

Admin::~Admin() {
    blocking_pool_.join();
}

void Admin::on_error(unsigned status, std::string_view reason, http::Response& response) {
    respond_error(response, status, reason);
}

std::optional<http::Response> Admin::on_headers(const http::Request& head, http::Terms& terms) {
    http::Response response;
    const auto match = match_route(head.path);
    if (!match) {
        respond_error(response, 404, "no such route");
        return response;
    }
    if (!match->route->takes(head.method)) {
        respond_error(response, 405, "method not allowed");
        response.headers.append("Allow: ").append(match->route->allow).append("\r\n");
        return response;
    }
    terms.essential = head.path == "/health" || head.path == "/ready";
    if (!is_secret(head.path)) return std::nullopt;
    if (const auto error = check_browser(head, access_)) {
        respond_error(response, *error);
        return response;
    }
    return access_.tokens.empty() ? std::nullopt
                                  : check_token(head, match->route->takes_operate(head.method, head.query));
}

// Nothing where the request has a token whose role suffices. A request without an Authorization header does not count
// as an attempt, as the page starts with one.
std::optional<http::Response> Admin::check_token(const http::Request& head, bool operates) {
    http::Response response;
    const bool has_attempt = head.headers.count(boost::beast::http::field::authorization) > 0;
    const auto now = std::chrono::steady_clock::now();
    if (const auto wait = failed_tokens_->limit.wait(head.peer, now); has_attempt && wait.count() > 0) {
        report_failed_token(head.peer, now);
        const auto seconds = std::to_string(wait.count());
        respond_error(response, 429,
                      "too many wrong tokens from this address; the next one is checked in " + seconds + " s");
        response.headers = "Retry-After: " + seconds + "\r\n";
        return response;
    }
    if (const auto* token = find_token(head, access_)) {
        if (!operates || token->role == config::AdminRole::operate) return std::nullopt;
        respond_error(response, 403, "the token of " + token->name + " may only read; this takes the role operate");
        log_action(head, token->name, response, std::nullopt);
        return response;
    }
    if (has_attempt) {
        failed_tokens_->limit.failed(head.peer, now);
        report_failed_token(head.peer, now);
    }
    respond_error(response, 401, explain_missing_token(head));
    response.headers = "WWW-Authenticate: Bearer\r\n";
    return response;
}

void Admin::report_failed_token(std::string_view peer, std::chrono::steady_clock::time_point now) {
    if (const auto count = failed_tokens_->stream.add(peer, now))
        logging::warn("admin_token_rejected address={} count={}", peer, *count);
}

void Admin::set_access(Access access) {
    if (access.tokens != access_.tokens) failed_tokens_->limit.clear();
    access_ = std::move(access);
}

Awaitable<void> Admin::on_request(http::Request& request, http::Response& response) {
    if (request.path == "/health") {
        response.body = "{\"status\":\"ok\"}\n";
    } else if (request.path == "/ready") {
        answer_ready(control_.status(), response);
    } else if (request.path == "/metrics") {
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        co_await on(blocking_pool_, [&] { response.body = control_.prometheus_text(); });
    } else if (request.path.starts_with("/api/")) {
        // The token as it is before the request: a reload may replace it, also while the body arrives.
        const auto* const token = find_token(request, access_);
        if (token == nullptr && !access_.tokens.empty()) {
            respond_error(response, 401, "the token was replaced while the request arrived");
            co_return;
        }
        const std::string token_name = token == nullptr ? std::string() : token->name;
        // A variable: GCC 12 destroys a temporary aggregate in such an expression twice.
        Operator by{token_name, token == nullptr ? config::AdminRole::operate : token->role};
        const auto changed = co_await answer_api(request, std::move(by), response);
        if (!changed.dry_run) log_action(request, token_name, response, changed.count);
    } else if (!answer_page(request, response)) {
        response.content_type = "text/plain; charset=utf-8";
        response.body = routes_text;
    }
}

// Who changed what, or tried to. The query may name a user.
void Admin::log_action(const http::Request& request, std::string_view token_name, const http::Response& response,
                       std::optional<std::uint64_t> count) const {
    const auto match = *match_route(request.path);
    const auto action = match.route->action_of(request.method);
    if (action.empty()) return;
    std::string target;
    for (const auto& part : match.parameters) target.append(target.empty() ? "" : "/").append(part);
    // A new log level would hide its own line, so that is written at the new level.
    const auto level =
        action == "set_log_level" ? std::max(spdlog::level::info, spdlog::get_level()) : spdlog::level::info;
    // An erasure names the person, of whom nothing shall remain.
    const bool is_hidden = access_.redact || action == "erase";
    const auto query = is_hidden ? std::string_view() : request.query;
    if (count) {
        logging::log(level,
                     "operator_action action={} target=\"{}\" query=\"{}\" status={} address={} token=\"{}\" count={}",
                     action, target, query, response.status, request.peer, token_name, *count);
    } else {
        logging::log(level, "operator_action action={} target=\"{}\" query=\"{}\" status={} address={} token=\"{}\"",
                     action, target, query, response.status, request.peer, token_name);
    }
}

Awaitable<LettersChanged> Admin::answer_api(http::Request& request, Operator by, http::Response& response) {
    LettersChanged changed;
    const bool redact = access_.redact;
    const auto match = *match_route(request.path);  // `on_headers` checked that there is one
    const std::string_view path = match.route->path.substr(std::string_view("/api/").size());
    const std::string_view operator_name = by.token.empty() ? std::string_view(request.peer) : by.token;
    if (path == "status") {
        co_await on(blocking_pool_, [&] { answer_status(control_.full_status(), redact, by.role, response); });
    } else if (path == "destinations") {
        co_await on(blocking_pool_, [&] { answer_destinations(control_.full_status(), response); });
    } else if (path == "destinations/{name}") {
        co_await on(blocking_pool_, [&] { answer_one_destination(control_, match.parameters[0], request, response); });
    } else if (path == "destinations/{name}/pause") {
        co_await on(blocking_pool_, [&] {
            answer_pause(control_, match.parameters[0], std::string(operator_name), request, response);
        });
    } else if (path == "destinations/{name}/resume") {
        co_await on(blocking_pool_, [&] {
            answer_resume(control_, match.parameters[0], std::string(operator_name), request, response);
        });
    } else if (path == "erase") {
        changed = co_await answer_erase(control_, dead_letters_, blocking_pool_, request, response);
    } else if (path == "events") {
        co_await on(blocking_pool_, [&] { answer_events(control_, events_, redact, request, response); });
    } else if (path == "events/stream") {
        const auto executor = co_await boost::asio::this_coro::executor;
        answer_event_stream(control_, events_, redact, executor, request, response);
    } else if (path == "backlog") {
        co_await on(blocking_pool_, [&] { answer_backlog(control_, redact, request, response); });
    } else if (path == "transform") {
        co_await on(blocking_pool_, [&] { answer_transform(control_, request, response); });
    } else if (path == "cluster") {
        answer_cluster(control_.status(), response);
    } else if (path == "config") {
        response.body = control_.configuration() + "\n";
    } else if (path == "reload") {
        std::function<Awaitable<ReloadResult>()> apply;
        co_await on(blocking_pool_, [&] { apply = control_.reload(); });
        const auto reloaded = co_await apply();
        answer_reload(reloaded, response);
    } else if (path == "streams/{name}") {
        co_await on(blocking_pool_, [&] { answer_discard(control_, match.parameters[0], request, response); });
    } else if (path == "log-level") {
        answer_log_level(control_, request, response);
    } else if (path == "openapi.json") {
        response.body = openapi();
    } else if (path.starts_with("dead-letters/{destination}/{id}")) {
        co_await on(blocking_pool_, [&] {
            changed = answer_letter(dead_letters_, redact, match.parameters[0], match.parameters[1], request, response);
        });
    } else if (path == "dead-letters/import") {
        co_await on(blocking_pool_, [&] { changed = answer_import(dead_letters_, request, response); });
    } else {
        const bool is_whole = path == "dead-letters/export";
        co_await on(blocking_pool_,
                    [&] { changed = answer_letters(dead_letters_, redact && !is_whole, request, response); });
    }
    co_return changed;
}

}  // namespace pintle::admin
