#pragma once

#include <optional>
#include <ostream>  // which Beast's verb.hpp uses without including it
#include <string_view>

#include <boost/beast/http/verb.hpp>

namespace pintle::ingest {

enum class Form : unsigned char {
    webhook,        // one event, `type` inside, or an array of them
    single,         // one event, its type from the route
    batch,          // {"batch":[...]}, types inside
    source_config,  // the configuration that SDKs load
    health,
    record,  // of a Kafka topic: one event, an array of them, or an object with a batch; `type` inside
};

struct Route {
    Form form = Form::webhook;
    std::string_view type;   // of `single`
    std::string_view allow;  // the value of the Allow header

    bool allows(boost::beast::http::verb method) const noexcept;
};

// The route of a path without query and trailing slash. The routes are those of RudderStack's gateway and of Segment's
// browser SDK: one letter for a type, and /v1/projects/KEY/settings.
std::optional<Route> find_route(std::string_view path) noexcept;

// KEY of /v1/projects/KEY/settings, not decoded; empty for any other path.
std::string_view key_in_path(std::string_view path) noexcept;

}  // namespace pintle::ingest
