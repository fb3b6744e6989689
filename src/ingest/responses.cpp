#include "responses.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace pintle::ingest {
namespace {

bool allowed(std::string_view origin, const std::vector<std::string>& origins) {
    return std::any_of(origins.begin(), origins.end(),
                       [&](const std::string& each) { return each == "*" || each == origin; });
}

void add(http::Response& response, std::string_view name, std::string_view value) {
    response.headers.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void write_error(http::Response& response, unsigned status, std::string_view message) {
    response.status = status;
    response.content_type = "application/json";
    response.body =
        R"({"msg": )" + nlohmann::json(message).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "}";
}

void write_error(http::Response& response, unsigned status, Reason reason) {
    write_error(response, status, sentence(reason));
}

// The origin itself, not "*": the SDKs' beacons carry credentials, for which browsers do not accept "*".
void allow_origin(const http::Request& head, const std::vector<std::string>& origins, http::Response& response) {
    const std::string_view origin = head.headers["Origin"];
    if (origin.empty() || !allowed(origin, origins)) return;
    add(response, "Access-Control-Allow-Origin", origin);
    add(response, "Access-Control-Allow-Credentials", "true");
    add(response, "Vary", "Origin");
}

void preflight(const http::Request& head, const Route& route, const std::vector<std::string>& origins,
               http::Response& response) {
    response.status = 204;
    add(response, "Allow", route.allow);
    const std::string_view origin = head.headers["Origin"];
    if (origin.empty() || !allowed(origin, origins)) return;
    add(response, "Access-Control-Allow-Methods", route.allow);
    const std::string_view asked = head.headers["Access-Control-Request-Headers"];
    if (!asked.empty()) add(response, "Access-Control-Allow-Headers", asked);
    add(response, "Access-Control-Max-Age", "86400");
}

std::string source_config(const Source& source, std::string_view write_key, std::string_view host) {
    using nlohmann::json;
    const json enabled = {{"enabled", true}, {"integrations", json::object()}};
    const json everything = {{"__default", enabled}};
    const json document = {
        {"source",
         {{"id", source.name},
          {"name", source.name},
          {"writeKey", write_key},
          {"enabled", true},
          {"workspaceId", "pintle"},
          {"config", {{"statsCollection", {{"errors", {{"enabled", false}}}, {"metrics", {{"enabled", false}}}}}}},
          {"connections", json::array()},
          {"destinations", json::array()}}},
        {"isHosted", true},
        {"integrations", {{"Segment.io", {{"apiKey", write_key}, {"apiHost", std::string(host) + "/v1"}}}}},
        {"plan", {{"track", everything}, {"identify", everything}, {"group", everything}}},
    };
    return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace pintle::ingest
