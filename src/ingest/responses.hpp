#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pintle/http/server/server.hpp"
#include "pintle/ingest/ingest.hpp"
#include "routes.hpp"

namespace pintle::ingest {

// Writes {"msg": "..."}, the format of the errors of RudderStack's gateway.
void write_error(http::Response& response, unsigned status, std::string_view message);
void write_error(http::Response& response, unsigned status, Reason reason);  // with its sentence

// Adds the CORS headers if the request's Origin is allowed.
void allow_origin(const http::Request& head, const std::vector<std::string>& origins, http::Response& response);

// Answers a preflight request with 204.
void preflight(const http::Request& head, const Route& route, const std::vector<std::string>& origins,
               http::Response& response);

// The configuration that RudderStack's SDKs (`source`) and Segment's (`integrations`) load at start-up: an enabled
// source without device-mode destinations.
std::string source_config(const Source& source, std::string_view write_key, std::string_view host);

}  // namespace pintle::ingest
