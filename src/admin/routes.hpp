#pragma once

#include <optional>
#include <ostream>  // Boost 1.81 uses it in verb.hpp without naming it
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/verb.hpp>

namespace pintle::admin {

struct Route {
    std::string_view path;   // a segment in braces stands for any text
    std::string_view allow;  // methods, as the header of that name lists them

    bool takes(boost::beast::http::verb method) const;
};

struct RouteMatch {
    const Route* route = nullptr;
    std::vector<std::string> parameters;  // the text of each segment in braces, percent-decoded; never empty
};

// Nothing where the path fits no route, or where the percent-encoding of a parameter is broken.
std::optional<RouteMatch> match_route(std::string_view path);

// For people who ask with curl.
extern const std::string_view routes_text;

}  // namespace pintle::admin
