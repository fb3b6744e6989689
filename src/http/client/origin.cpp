#include "origin.hpp"
#include "pintle/base/base64.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"

#include <utility>

namespace pintle::http::client {
namespace {

std::string host_and_port(const Endpoint& endpoint) {
    const bool bare_v6 = endpoint.host.find(':') != std::string::npos;
    return (bare_v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

std::string headers_of(const Endpoint& endpoint, const HttpClientOptions& options) {
    std::string headers = "Host: " + endpoint.authority() + "\r\n";
    if (!options.site_id.empty()) {
        headers += "Authorization: Basic " + base64_encode(options.site_id + ":" + options.api_key) + "\r\n";
    }
    headers += "User-Agent: " + options.user_agent + "\r\n";
    for (const auto& header : options.headers) headers += header + "\r\n";
    return headers;
}

}  // namespace

Origin::Origin(Endpoint where, const HttpClientOptions& options)
    : endpoint(std::move(where)),
      name(host_and_port(endpoint)),
      headers(headers_of(endpoint, options)),
      may_send(options.may_send) {}

void Origin::write(const HttpRequest& request, std::string& out) const {
    out.clear();
    out.append(request.method).append(" ").append(endpoint.path_prefix).append(request.path);
    out.append(" HTTP/1.1\r\n").append(headers);
    if (!request.body.empty()) out.append("Content-Type: application/json\r\n");
    if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
        out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    }
    out.append("\r\n").append(request.body);
}

}  // namespace pintle::http::client
