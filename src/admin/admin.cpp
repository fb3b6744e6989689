#include "pintle/admin/admin.hpp"

#include <utility>

#include "blocking.hpp"
#include "control_routes.hpp"
#include "dead_letter_routes.hpp"
#include "event_routes.hpp"
#include "guard.hpp"
#include "guess_limit.hpp"
#include "openapi.hpp"
#include "page_routes.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/http/server/failure_log.hpp"
#include "pintle/logging/logging.hpp"
#include "respond.hpp"
#include "routes.hpp"
#include "status.hpp"

namespace pintle::admin {

// Tokens that were wrong.
struct Admin::Guesses {
    GuessLimit limit;
    http::FailureLog stream;
};

Admin::Admin(Control& control, DeadLetterOperations& office, events::EventStream& events, Access access)
    : control_(control),
      office_(office),
      events_(events),
      access_(std::move(access)),
      guesses_(std::make_unique<Guesses>()) {}

Admin::~Admin() {
    clerk_.join();
}

void Admin::on_error(unsigned status, std::string_view reason, http::Response& answer) {
    say(answer, status, reason);
}

std::optional<http::Response> Admin::on_headers(const http::Request& head, http::Terms& terms) {
    http::Response answer;
    const auto match = match_route(head.path);
    if (!match) {
        say(answer, 404, "no such route");
        return answer;
    }
    if (!match->route->takes(head.method)) {
        say(answer, 405, "method not allowed");
        answer.headers.append("Allow: ").append(match->route->allow).append("\r\n");
        return answer;
    }
    terms.essential = head.path == "/health" || head.path == "/ready";
    if (!is_secret(head.path)) return std::nullopt;
    if (const auto fault = refuse_browser(head, access_)) {
        say(answer, *fault);
        return answer;
    }
    return access_.token.empty() ? std::nullopt : ask_for_token(head);
}

// Nothing where the request has it. Without an Authorization header it is no guess: so the page begins.
std::optional<http::Response> Admin::ask_for_token(const http::Request& head) {
    http::Response answer;
    const bool guess = head.headers.count(boost::beast::http::field::authorization) > 0;
    const auto now = std::chrono::steady_clock::now();
    if (const auto wait = guesses_->limit.wait(head.peer, now); guess && wait.count() > 0) {
        report_guess(head.peer, now);
        say(answer, 429, "too many wrong tokens came from this address; try again later");
        answer.headers = "Retry-After: " + std::to_string(wait.count()) + "\r\n";
        return answer;
    }
    if (has_token(head, access_)) return std::nullopt;
    if (guess) {
        guesses_->limit.failed(head.peer, now);
        report_guess(head.peer, now);
    }
    say(answer, 401, "admin.token is asked for: Authorization: Bearer TOKEN");
    answer.headers = "WWW-Authenticate: Bearer\r\n";
    return answer;
}

void Admin::report_guess(std::string_view peer, std::chrono::steady_clock::time_point now) {
    if (const auto count = guesses_->stream.add(peer, now))
        logging::warn("admin_token_rejected address={} count={}", peer, *count);
}

void Admin::set_access(Access access) {
    if (access.token != access_.token) guesses_->limit.clear();
    access_ = std::move(access);
}

Awaitable<void> Admin::on_request(http::Request& request, http::Response& answer) {
    if (request.path == "/health") {
        answer.body = "{\"status\":\"ok\"}\n";
    } else if (request.path == "/ready") {
        answer_ready(control_.look(), answer);
    } else if (request.path == "/metrics") {
        answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
        co_await on(clerk_, [&] { answer.body = control_.prometheus_text(); });
    } else if (request.path.starts_with("/api/")) {
        co_await answer_api(request, answer);
    } else if (!answer_page(request, answer)) {
        answer.content_type = "text/plain; charset=utf-8";
        answer.body = routes_text;
    }
}

Awaitable<void> Admin::answer_api(http::Request& request, http::Response& answer) {
    const bool redact = access_.redact;
    const auto match = *match_route(request.path);  // `on_headers` has seen that there is one
    const std::string_view path = match.route->path.substr(std::string_view("/api/").size());
    if (path == "status") {
        co_await on(clerk_, [&] { answer_status(control_.full_status(), redact, answer); });
    } else if (path == "destinations") {
        co_await on(clerk_, [&] { answer_destinations(control_.full_status(), answer); });
    } else if (path == "destinations/{name}") {
        co_await on(clerk_, [&] { answer_one_destination(control_, match.parameters[0], request, answer); });
    } else if (path == "destinations/{name}/pause") {
        co_await on(clerk_, [&] { answer_pause(control_, match.parameters[0], request, answer); });
    } else if (path == "destinations/{name}/resume") {
        co_await on(clerk_, [&] { answer_resume(control_, match.parameters[0], request, answer); });
    } else if (path == "events") {
        co_await on(clerk_, [&] { answer_events(events_, redact, request, answer); });
    } else if (path == "events/stream") {
        const auto executor = co_await boost::asio::this_coro::executor;
        answer_event_stream(events_, redact, executor, request, answer);
    } else if (path == "backlog") {
        co_await on(clerk_, [&] { answer_backlog(control_, redact, request, answer); });
    } else if (path == "transform") {
        co_await on(clerk_, [&] { answer_transform(control_, request, answer); });
    } else if (path == "config") {
        answer.body = control_.configuration() + "\n";
    } else if (path == "reload") {
        std::function<Reloaded()> put_in_force;
        co_await on(clerk_, [&] { put_in_force = control_.reload(); });
        answer_reload(put_in_force(), answer);
    } else if (path == "log-level") {
        answer_log_level(control_, request, answer);
    } else if (path == "openapi.json") {
        answer.body = openapi();
    } else if (path.starts_with("dead-letters/{destination}/{id}")) {
        co_await on(clerk_,
                    [&] { answer_letter(office_, redact, match.parameters[0], match.parameters[1], request, answer); });
    } else {
        co_await on(clerk_, [&] { answer_letters(office_, redact, request, answer); });
    }
}

}  // namespace pintle::admin
