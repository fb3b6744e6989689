#include "pintle/admin/admin.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

#include <openssl/crypto.h>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "admin/letter_routes.hpp"
#include "admin/reload.hpp"
#include "admin/say.hpp"
#include "admin/status.hpp"

namespace pintle::admin {
namespace {

using boost::beast::http::verb;

constexpr boost::asio::use_awaitable_t<http::Executor> awaiting{};

constexpr std::string_view routes =
    "pintle " PINTLE_VERSION
    "\n\n"
    "GET    /health                    the process lives\n"
    "GET    /ready                     events are taken in; which destination is held, since when and why\n"
    "GET    /metrics                   all that is counted, for Prometheus\n"
    "GET    /api/status                counts, backlog and state of each destination\n"
    "POST   /api/reload                loads the configuration again; one with a problem changes nothing\n"
    "GET    /api/dead-letters          what could not be delivered, with the reason; ?after=NEXT for more\n"
    "POST   /api/dead-letters/replay   sends them once more\n"
    "DELETE /api/dead-letters          forgets them\n"
    "\n"
    "Dead letters are chosen by destination=, reason=, user=, since=, until= (ISO 8601, or 1h for an hour ago) and\n"
    "letter=DESTINATION/ID; replaying and deleting all of them takes all=true. An answer with `next` goes on with "
    "after=.\n";

struct Route {
    std::string_view path;
    std::string_view allow;
};

constexpr std::array table{
    Route{"/", "GET, HEAD"},
    Route{"/health", "GET, HEAD"},
    Route{"/ready", "GET, HEAD"},
    Route{"/metrics", "GET, HEAD"},
    Route{"/api/status", "GET, HEAD"},
    Route{"/api/reload", "POST"},
    Route{"/api/dead-letters", "GET, HEAD, DELETE"},
    Route{"/api/dead-letters/replay", "POST"},
};

bool allows(const Route& route, verb method) {
    switch (method) {
        case verb::get:
        case verb::head: return route.allow.starts_with("GET");
        case verb::delete_: return route.allow.ends_with("DELETE");
        case verb::post: return route.allow == "POST";
        default: return false;
    }
}

// Whether a browser asks this for a page of another site, which must not change anything here.
bool is_for_another_site(const http::Request& head) {
    const std::string_view origin = head.headers[boost::beast::http::field::origin];
    if (origin.empty()) return false;
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos ||
           origin.substr(scheme + 3) != std::string_view(head.headers[boost::beast::http::field::host]);
}

// What may be told to anybody who can connect: whether it lives and takes events.
bool is_secret(std::string_view path) {
    return path.starts_with("/api") || path == "/metrics";
}

// Does `work` on a thread that may block; what it throws is thrown here.
template <class Work>
http::Awaitable<void> on(boost::asio::thread_pool& pool, Work work) {
    const auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::async_initiate<decltype(awaiting), void(std::exception_ptr)>(
        [&pool, &work, executor](auto handler) {
            boost::asio::post(pool, [&work, executor, handler = std::move(handler)]() mutable {
                std::exception_ptr thrown;
                try {
                    work();
                } catch (...) {
                    thrown = std::current_exception();
                }
                boost::asio::post(executor,
                                  [handler = std::move(handler), thrown]() mutable { std::move(handler)(thrown); });
            });
        },
        awaiting);
}

}  // namespace

Admin::Admin(Hands hands, DeadLetterOffice& office, std::string token)
    : hands_(std::move(hands)), office_(office), token_(std::move(token)) {}

Admin::~Admin() {
    clerk_.join();
}

void Admin::fault(unsigned status, std::string_view reason, http::Answer& answer) {
    say(answer, status, reason);
}

std::optional<http::Answer> Admin::refuse(const http::Request& head) {
    http::Answer answer;
    const auto* route = std::ranges::find(table, head.path, &Route::path);
    if (route == table.end()) {
        say(answer, 404, "no such route");
        return answer;
    }
    if (!allows(*route, head.method)) {
        say(answer, 405, "method not allowed");
        answer.headers.append("Allow: ").append(route->allow).append("\r\n");
        return answer;
    }
    if ((head.method == verb::post || head.method == verb::delete_) && is_for_another_site(head)) {
        say(answer, 403, "a page of another site may not do that");
        return answer;
    }
    if (token_.empty() || !is_secret(head.path)) return std::nullopt;
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
        answer_ready(hands_.look(), answer);
    } else if (request.path == "/metrics") {
        answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
        co_await on(clerk_, [&] { answer.body = hands_.measure(); });
    } else if (request.path == "/api/status") {
        answer_status(hands_.look(), answer);
    } else if (request.path == "/api/reload") {
        answer_reload(hands_.reload(), answer);
    } else if (request.path.starts_with("/api/dead-letters")) {
        co_await on(clerk_, [&] { answer_letters(office_, request, answer); });
    } else {
        answer.content_type = "text/plain; charset=utf-8";
        answer.body = routes;
    }
}

}  // namespace pintle::admin
