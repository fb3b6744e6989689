#include "origin.hpp"
#include "pintle/base/http_message.hpp"
#include "pintle/http/client/endpoint.hpp"

#include <utility>

#include <openssl/evp.h>

namespace pintle::http::client {
namespace {

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL appends a zero
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::string host_and_port(const Endpoint& endpoint) {
    const bool bare_v6 = endpoint.host.find(':') != std::string::npos;
    return (bare_v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace

Origin::Origin(Endpoint where, const HttpClientOptions& options)
    : endpoint(std::move(where)),
      name(host_and_port(endpoint)),
      headers("Host: " + endpoint.authority() + "\r\nAuthorization: Basic " +
              base64(options.site_id + ":" + options.api_key) + "\r\nUser-Agent: " + options.user_agent + "\r\n") {}

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
