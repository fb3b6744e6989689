#include "pintle/delivery/account.hpp"

#include <nlohmann/json.hpp>

#include "pintle/json/parse.hpp"

namespace pintle::delivery {

http::client::HttpClientOptions client_options(const config::Destination& destination) {
    http::client::HttpClientOptions options;
    options.endpoint = destination.endpoint();
    options.site_id = destination.site_id;
    options.api_key = destination.api_key;
    options.ca_file = destination.ca_file;
    options.user_agent = "pintle/" PINTLE_VERSION;
    options.connections = destination.connections;
    options.connect_timeout = destination.connect_timeout;
    options.request_timeout = destination.request_timeout;
    options.idle_timeout = destination.idle_timeout;
    return options;
}

HttpRequest region_query() {
    return {"GET", "/api/v1/accounts/region", {}};
}

std::optional<std::string> region_in(const HttpResponse& response) {
    if (response.status != 200) return std::nullopt;
    const auto document = parse_json(response.body);
    const auto found = document.find("region");
    if (found == document.end() || (*found != "us" && *found != "eu")) return std::nullopt;
    return found->get<std::string>();
}

}  // namespace pintle::delivery
