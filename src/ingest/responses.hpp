#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pintle/http/server/server.hpp"
#include "pintle/ingest/ingest.hpp"
#include "routes.hpp"

namespace pintle::ingest {

// {"msg": "..."}: how RudderStack's gateway words its errors.
void say(http::Response& answer, unsigned status, std::string_view message);
void say(http::Response& answer, unsigned status, Reason reason);  // its sentence

// The CORS headers of an answer to this request, where its Origin is allowed.
void allow_origin(const http::Request& head, const std::vector<std::string>& origins, http::Response& answer);

// 204 with what the preflight asked for.
void preflight(const http::Request& head, const Route& route, const std::vector<std::string>& origins,
               http::Response& answer);

// What RudderStack's SDKs (`source`) and Segment's (`integrations`) ask for at start-up: an enabled source without
// device-mode destinations.
std::string source_config(const Source& source, std::string_view write_key, std::string_view host);

}  // namespace pintle::ingest
