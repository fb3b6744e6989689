#include "service.hpp"

#include <charconv>
#include <ostream>
#include <random>
#include <utility>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "contract.hpp"
#include "log_line.hpp"
#include "pintle/base/asio.hpp"
#include "pintle/base/base64.hpp"
#include "pintle/json/parse.hpp"

namespace pintle::sandbox {

using nlohmann::json;
namespace beast_http = boost::beast::http;

namespace {

using Clock = std::chrono::steady_clock;

Awaitable<void> sleep(std::chrono::milliseconds duration) {
    Timer timer(co_await boost::asio::this_coro::executor);
    timer.expires_after(duration);
    co_await timer.async_wait(awaiting);
}

// /auth is where Segment's destination tests its credentials.
bool is_call(std::string_view path) {
    return path == "/api" || path.starts_with("/api/") || path == "/auth";
}

// The controls, without a trailing slash: /requests, /faults, /stats.
std::string_view methods_of(std::string_view path) {
    if (path == "/requests") return "GET, DELETE";
    if (path == "/faults") return "GET, PUT";
    if (path == "/stats") return "GET";
    return {};
}

http::Response not_allowed(std::string_view methods) {
    http::Response answer;
    answer.status = 405;
    answer.body = meta_error("method not allowed");
    answer.headers = "Allow: " + std::string(methods) + "\r\n";
    return answer;
}

// `user:password` of HTTP Basic; empty where there is none.
std::string basic_credentials(const http::Request& request) {
    const auto header = request.headers[beast_http::field::authorization];
    constexpr std::string_view scheme = "basic ";
    if (header.size() <= scheme.size() || !boost::beast::iequals(header.substr(0, scheme.size()), scheme)) return {};
    const std::string_view encoded = std::string_view(header).substr(scheme.size());
    auto text = base64_decode(encoded).value_or(std::string());
    return text.find(':') == std::string::npos ? std::string() : std::move(text);
}

// A number in the query; nothing where it is missing, with a message in `error` where it is not a number.
std::optional<std::uint64_t> query_number(std::string_view query, std::string_view name, std::string& error) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        if (!pair.starts_with(name) || pair.substr(name.size(), 1) != "=") continue;
        const std::string_view text = pair.substr(name.size() + 1);
        std::uint64_t number = 0;
        const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failed == std::errc() && end == text.data() + text.size()) return number;
        error = std::string(name) + " must be a number";
    }
    return std::nullopt;
}

}  // namespace

Sandbox::Sandbox(const SandboxOptions& options, std::ostream* log)
    : site_id_(options.site_id),
      api_key_(options.api_key),
      eu_(options.eu),
      log_(log),
      plan_(options.faults, options.seed ? *options.seed : std::random_device{}()),
      history_(options.keep) {
    if (!options.record.empty()) recording_.emplace(options.record);
}

std::optional<http::Response> Sandbox::on_headers(const http::Request&, http::Terms&) {
    return std::nullopt;  // every call is recorded with its body, also rejected ones
}

Awaitable<void> Sandbox::on_request(http::Request& request, http::Response& answer) {
    if (!is_call(request.path)) {
        serve_control(request, answer);
        co_return;
    }
    if (plan_.faults().latency.count() > 0) co_await sleep(plan_.faults().latency);
    serve_call(request, answer);
}

void Sandbox::on_error(unsigned status, std::string_view reason, http::Response& answer) {
    answer.status = status;
    answer.body = meta_error(reason);
}

void Sandbox::serve_call(const http::Request& request, http::Response& answer) {
    const auto started = Clock::now();
    const auto now = std::chrono::system_clock::now();
    Call call;
    call.time = iso_time(now);
    call.method = std::string(request.method_text);
    call.host = std::string(request.headers[beast_http::field::host]);
    call.path = std::string(request.target);
    call.body = request.body;
    call.user_agent = std::string(request.headers[beast_http::field::user_agent]);
    call.credentials_ok = authorized(request);
    std::vector<std::string> ids;
    answer_call(request, answer, call, ids);
    call.status = answer.reset ? 0 : answer.status;

    const Call& kept = history_.add(std::move(call), ids);
    ++stats_.calls;
    stats_.taken += kept.taken ? 1 : 0;
    stats_.duplicates += kept.duplicate ? 1 : 0;
    stats_.resets += answer.reset ? 1 : 0;
    if (recording_) recording_->add(kept, answer.body);
    if (log_ == nullptr) return;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started);
    *log_ << log_line(kept, now, took, answer.body) << std::endl;
}

void Sandbox::answer_call(const http::Request& request, http::Response& answer, Call& call,
                          std::vector<std::string>& ids) {
    const Faults& faults = plan_.faults();
    const auto retry_after = [&] {
        if (!faults.retry_after.empty()) answer.headers = "Retry-After: " + faults.retry_after + "\r\n";
    };
    const InjectedFault fault = plan_.draw(Clock::now());
    switch (fault) {
        case InjectedFault::reset: answer.reset = true; return;
        case InjectedFault::throttled:
            ++stats_.throttled;
            answer.status = 429;
            answer.body = meta_error("rate limit exceeded");
            return retry_after();
        case InjectedFault::failed:
            ++stats_.failed;
            answer.status = faults.fail_status;
            answer.body = meta_error("failed on demand");
            return retry_after();
        case InjectedFault::reset_after:
        case InjectedFault::none: break;
    }
    answer_contract(request, answer, call, ids);
    answer.reset = fault == InjectedFault::reset_after;
}

void Sandbox::answer_contract(const http::Request& request, http::Response& answer, Call& call,
                              std::vector<std::string>& ids) {
    if (!call.credentials_ok) {
        ++stats_.unauthorized;
        answer.status = 401;
        answer.body = meta_error("Unauthorized request. Make sure that you provided the right credentials.");
        return;
    }
    if (const auto& text = plan_.faults().refuse_text; !text.empty() && request.body.find(text) != std::string::npos) {
        ++stats_.refused;
        answer.status = 400;
        answer.body = meta_error("rejected on demand");
        return;
    }
    Reply reply = check(call.method, request.path, request.body, [this] { return plan_.draw_item(); });
    answer.status = reply.status;
    answer.body = std::move(reply.body);
    if (!reply.allow.empty()) answer.headers = "Allow: " + reply.allow + "\r\n";
    ids = std::move(reply.ids);
    call.refused_items = std::move(reply.refused_items);
    call.taken = reply.status == 200 || reply.status == 207;
    if (reply.status != 200) ++stats_.refused;
    if (reply.status == 200 && request.path == "/api/v1/accounts/region") {
        answer.body = json{{"url", eu_ ? "https://track-eu.customer.io" : "https://track.customer.io"},
                           {"region", eu_ ? "eu" : "us"},
                           {"environment_id", 1}}
                          .dump();
    }
}

bool Sandbox::authorized(const http::Request& request) const {
    const std::string given = basic_credentials(request);
    if (given.empty()) return false;
    const std::size_t colon = given.find(':');
    const std::string_view user = std::string_view(given).substr(0, colon);
    const std::string_view password = std::string_view(given).substr(colon + 1);
    return (site_id_.empty() || user == site_id_) && (api_key_.empty() || password == api_key_);
}

void Sandbox::serve_control(const http::Request& request, http::Response& answer) {
    const std::string_view methods = methods_of(request.path);
    if (methods.empty()) {
        answer.status = 404;
        answer.body = meta_error("not found: the Track API is below /api, and there are /requests, /faults and /stats");
    } else if (methods.find(request.method_text) == std::string_view::npos) {
        answer = not_allowed(methods);
    } else if (request.path == "/requests") {
        serve_requests(request, answer);
    } else if (request.path == "/faults") {
        serve_faults(request, answer);
    } else {
        answer.body = stats();
    }
}

void Sandbox::serve_requests(const http::Request& request, http::Response& answer) {
    if (request.method == beast_http::verb::delete_) {
        history_.clear();
        stats_ = {};
        answer.body = "{}";
        return;
    }
    std::string error;
    const auto after = query_number(request.query, "after", error);
    const auto limit = query_number(request.query, "limit", error);
    if (error.empty()) {
        answer.body = history_.list(after, limit ? *limit : history_.size());
    } else {
        answer.status = 400;
        answer.body = meta_error(error);
    }
}

void Sandbox::serve_faults(const http::Request& request, http::Response& answer) {
    if (request.method == beast_http::verb::put) return change_faults(request.body, answer);
    answer.body = controls();
}

// The faults, and the site id that calls need.
std::string Sandbox::controls() const {
    auto controls = to_json(plan_.faults());
    controls["site_id"] = site_id_.empty() ? json() : json(site_id_);
    return controls.dump();
}

// Besides the faults, the required credentials can be changed: an api_key that is not the daemon's makes
// every call a 401.
void Sandbox::change_faults(std::string_view body, http::Response& answer) {
    json change = parse_json(body);
    std::string error;
    std::string site_id = site_id_;
    std::string api_key = api_key_;
    const auto take = [&](const char* name, std::string& into) {
        if (!change.is_object() || !change.contains(name)) return;
        if (change[name].is_null()) {
            into.clear();
        } else if (change[name].is_string()) {
            into = change[name].get<std::string>();
        } else {
            error = std::string(name) + " must be a string, or null: any";
        }
        change.erase(name);
    };
    take("site_id", site_id);
    take("api_key", api_key);
    Faults faults = plan_.faults();
    if (error.empty()) error = update(faults, change);
    if (!error.empty()) {
        answer.status = 400;
        answer.body = meta_error(error);
        return;
    }
    site_id_ = std::move(site_id);
    api_key_ = std::move(api_key);
    plan_.change(std::move(faults));
    answer.body = controls();
}

std::string Sandbox::stats() const {
    return json{{"calls", stats_.calls},
                {"taken", stats_.taken},
                {"duplicates", stats_.duplicates},
                {"resets", stats_.resets},
                {"throttled", stats_.throttled},
                {"failed", stats_.failed},
                {"unauthorized", stats_.unauthorized},
                {"refused", stats_.refused}}
        .dump();
}

}  // namespace pintle::sandbox
