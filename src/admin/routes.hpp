#pragma once

#include <cstdint>
#include <optional>
#include <ostream>  // Boost 1.81 uses it in verb.hpp without naming it
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/verb.hpp>

namespace pintle::admin {

struct Route {
    enum class DryRun : std::uint8_t { impossible, possible };

    constexpr Route(std::string_view route_path, std::string_view methods, std::string_view changes = {},
                    std::string_view reads = {}, DryRun dry = DryRun::impossible)
        : path(route_path), allow(methods), action(changes), read_action(reads), dry_run(dry) {}

    std::string_view path;   // a segment in braces matches any text
    std::string_view allow;  // the allowed methods, as in the Allow header
    // What POST and PUT do, and DELETE where it does not purge, for the log; empty: nothing that lasts.
    std::string_view action;
    std::string_view read_action;  // what GET does beyond reading what everybody may read; for the log
    DryRun dry_run;                // whether `dry_run=true` makes it change nothing

    bool takes(boost::beast::http::verb method) const;
    // What such a request does if it is no dry run, for the log; empty: it only reads.
    std::string_view action_of(boost::beast::http::verb method) const;
    // Whether a request with this query needs the role `operate`.
    bool takes_operate(boost::beast::http::verb method, std::string_view query) const;
};

struct RouteMatch {
    const Route* route = nullptr;
    std::vector<std::string> parameters;  // the text of each segment in braces, percent-decoded; never empty
};

// Nothing where the path matches no route, or where the percent-encoding of a parameter is invalid.
std::optional<RouteMatch> match_route(std::string_view path);

// The routes as text, for people with curl.
extern const std::string_view routes_text;

}  // namespace pintle::admin
