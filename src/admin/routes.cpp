#include "admin/routes.hpp"

#include <algorithm>
#include <array>

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
    Route{"/api/hold", "POST"},
    Route{"/api/release", "POST"},
    Route{"/api/events", "GET, HEAD"},
    Route{"/api/events/stream", "GET, HEAD"},
    Route{"/api/backlog", "GET, HEAD"},
    Route{"/api/transform", "POST"},
    Route{"/api/config", "GET, HEAD"},
    Route{"/api/reload", "POST"},
    Route{"/api/log-level", "GET, HEAD, PUT"},
    Route{"/api/dead-letters", "GET, HEAD, DELETE"},
    Route{"/api/dead-letters/replay", "POST"},
    Route{"/api/openapi.json", "GET, HEAD"},
};

}  // namespace

const std::string_view routes_text =
    "pintle " PINTLE_VERSION
    "\n\n"
    "GET    /health                    the process lives\n"
    "GET    /ready                     events are taken in; which destination is held, since when and why\n"
    "GET    /metrics                   all that is counted, for Prometheus\n"
    "GET    /api/status                counts, backlog and state of each destination; /api/destinations: those alone\n"
    "POST   /api/hold                  sends nothing more, until POST /api/release; ?destination= &reason=\n"
    "GET    /api/events                what happened to the last events; ?type= &user= &event= &outcome= "
    "&destination=\n"
    "GET    /api/events/stream         the same from now on, as server-sent events\n"
    "GET    /api/backlog               events that wait, the oldest first; ?destination= &user=\n"
    "POST   /api/transform             the request that an event (the body) becomes, without sending it\n"
    "GET    /api/config                the configuration in force, without its secrets\n"
    "POST   /api/reload                loads the configuration again; one with a problem changes nothing\n"
    "PUT    /api/log-level             ?level=debug, until a restart or reload; GET: the one in force\n"
    "GET    /api/dead-letters          what could not be delivered, with the reason; ?after=NEXT for more\n"
    "POST   /api/dead-letters/replay   sends them once more\n"
    "DELETE /api/dead-letters          forgets them\n"
    "GET    /api/openapi.json          all of this, for programs\n"
    "\n"
    "Dead letters are chosen by destination=, reason=, user=, since=, until= (ISO 8601, or 1h for an hour ago) and\n"
    "letter=DESTINATION/ID; replaying and deleting all of them takes all=true. An answer with `next` goes on with "
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

const Route* find_route(std::string_view path) {
    const auto* const route = std::ranges::find(table, path, &Route::path);
    return route == table.end() ? nullptr : route;
}

}  // namespace pintle::admin
