#include "routes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pintle/http/server/query.hpp"

namespace pintle::admin {
namespace {

constexpr std::array table{
    Route{"/", "GET, HEAD"},
    Route{"/page.js", "GET, HEAD"},
    Route{"/page.css", "GET, HEAD"},
    Route{"/health", "GET, HEAD"},
    Route{"/ready", "GET, HEAD"},
    Route{"/metrics", "GET, HEAD"},
    Route{"/api/status", "GET, HEAD"},
    Route{"/api/destinations", "GET, HEAD"},
    Route{"/api/destinations/{name}", "GET, HEAD"},
    Route{"/api/destinations/{name}/pause", "POST", "pause"},
    Route{"/api/destinations/{name}/resume", "POST", "resume"},
    Route{"/api/erase", "POST", "erase", {}, Route::DryRun::possible},
    Route{"/api/streams/{name}", "DELETE", "discard"},
    Route{"/api/events", "GET, HEAD"},
    Route{"/api/events/stream", "GET, HEAD"},
    Route{"/api/backlog", "GET, HEAD"},
    Route{"/api/transform", "POST"},
    Route{"/api/cluster", "GET, HEAD"},
    Route{"/api/config", "GET, HEAD"},
    Route{"/api/reload", "POST", "reload"},
    Route{"/api/log-level", "GET, HEAD, PUT", "set_log_level"},
    Route{"/api/dead-letters", "GET, HEAD, DELETE", {}, {}, Route::DryRun::possible},
    Route{"/api/dead-letters/replay", "POST", "replay", {}, Route::DryRun::possible},
    Route{"/api/dead-letters/export", "GET, HEAD", {}, "export"},
    Route{"/api/dead-letters/import", "POST", "import"},
    Route{"/api/dead-letters/{destination}/{id}", "GET, HEAD, DELETE"},
    Route{"/api/dead-letters/{destination}/{id}/replay", "POST", "replay"},
    Route{"/api/openapi.json", "GET, HEAD"},
};

// Removes the first segment and its slash from `path`, and returns the segment.
std::string_view take_segment(std::string_view& path) {
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
    return segment;
}

// The parameters in `path`; nothing where it does not match `pattern`.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
    std::vector<std::string> parameters;
    if (std::ranges::count(pattern, '/') != std::ranges::count(path, '/')) return std::nullopt;
    while (!pattern.empty() || !path.empty()) {
        const auto expected = take_segment(pattern);
        const auto segment = take_segment(path);
        if (!expected.starts_with('{')) {
            if (expected != segment) return std::nullopt;
            continue;
        }
        auto text = http::percent_decoded(segment);
        if (!text || text->empty()) return std::nullopt;
        parameters.push_back(std::move(*text));
    }
    return parameters;
}

}  // namespace

const std::string_view routes_text =
    "pintle " PINTLE_VERSION
    "\n\n"
    "GET    /health                                  the process is alive\n"
    "GET    /ready                                   events are accepted; which destination is paused or full\n"
    "GET    /metrics                                 all metrics, for Prometheus\n"
    "GET    /api/status                              counts, backlog and state of everything\n"
    "GET    /api/destinations                        the destinations alone\n"
    "GET    /api/destinations/{name}                 one of them\n"
    "POST   /api/destinations/{name}/pause           sends nothing more to it; ?message= says why\n"
    "POST   /api/destinations/{name}/resume          sends again\n"
    "DELETE /api/streams/{name}                      permanently deletes what a stream without a destination holds\n"
    "GET    /api/cluster                             the nodes that share the journal; 404: it is this node's alone\n"
    "POST   /api/erase                               erases a person's pending events and dead letters; ?user_id= "
    "&anonymous_id= &destination= &dry_run=true\n"
    "GET    /api/events                              what happened to the last events; ?type= &user= &event= &outcome= "
    "&destination=\n"
    "GET    /api/events/stream                       the same from now on, as server-sent events\n"
    "GET    /api/backlog                             pending events, the oldest first; ?destination= &user=\n"
    "POST   /api/transform                           the request for an event (the body), without sending it\n"
    "GET    /api/config                              the configuration in force, without its secrets\n"
    "POST   /api/reload                              loads the configuration again; with a problem nothing changes\n"
    "PUT    /api/log-level                           ?level=debug, until a restart or reload; GET: the current one\n"
    "GET    /api/dead-letters                        events that could not be delivered, and why; ?after=NEXT for "
    "more\n"
    "POST   /api/dead-letters/replay                 sends them again\n"
    "DELETE /api/dead-letters                        permanently deletes them\n"
    "GET    /api/dead-letters/export                 the same as the list, whole whatever admin.redact says\n"
    "POST   /api/dead-letters/import                 adds those of the body, as the list and the export write them\n"
    "GET    /api/dead-letters/{destination}/{id}     one of them; DELETE it\n"
    "POST   /api/dead-letters/{destination}/{id}/replay\n"
    "GET    /api/openapi.json                        all of this, for programs\n"
    "\n"
    "Filters of dead letters: destination=, reason=, user=, since=, until= (ISO 8601, or 1h for an hour ago) and\n"
    "letter=DESTINATION/ID. To replay or delete all of them takes all=true. A response with `next` continues with "
    "after=.\n";

bool Route::takes(boost::beast::http::verb method) const {
    const std::string_view name = boost::beast::http::to_string(method);
    for (std::string_view left = allow; !left.empty();) {
        const auto end = std::min(left.find(", "), left.size());
        if (left.substr(0, end) == name) return true;
        left.remove_prefix(std::min(end + 2, left.size()));
    }
    return false;
}

std::string_view Route::action_of(boost::beast::http::verb method) const {
    using boost::beast::http::verb;
    if (method == verb::delete_) return action.empty() ? "purge" : action;
    return method == verb::get || method == verb::head ? read_action : action;
}

// The handlers read the parameter in the same way, and reject each other value of it.
bool Route::takes_operate(boost::beast::http::verb method, std::string_view query) const {
    if (action_of(method).empty()) return false;
    if (dry_run == DryRun::impossible) return true;
    const auto parameters = http::query_parameters(query);
    if (!parameters) return true;
    const auto is_dry_run = [](const auto& each) { return each.first == "dry_run" && each.second == "true"; };
    return std::ranges::none_of(*parameters, is_dry_run);
}

std::optional<RouteMatch> match_route(std::string_view path) {
    for (const auto& route : table)
        if (auto parameters = match(route.path, path)) return RouteMatch{&route, std::move(*parameters)};
    return std::nullopt;
}

}  // namespace pintle::admin
