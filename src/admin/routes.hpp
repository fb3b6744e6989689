#pragma once

#include <ostream>  // Boost 1.81 uses it in verb.hpp without naming it
#include <string_view>

#include <boost/beast/http/verb.hpp>

namespace pintle::admin {

struct Route {
    std::string_view path;
    std::string_view allow;  // methods, as the header of that name lists them

    bool takes(boost::beast::http::verb method) const;
};

// Nothing where there is none.
const Route* find_route(std::string_view path);

// For people who ask with curl.
extern const std::string_view routes_text;

}  // namespace pintle::admin
