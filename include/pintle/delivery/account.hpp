#pragma once

#include <optional>
#include <string>

#include "pintle/base/http_message.hpp"
#include "pintle/config/config.hpp"
#include "pintle/http/client/http_client.hpp"

// What the worker and `pintle check-config --connect` share to ask Customer.io about a destination's account.
namespace pintle::delivery {

http::client::HttpClientOptions client_options(const config::Destination& destination);

// Asks for the account's region, which shows whether the credentials are valid. Changes nothing.
HttpRequest region_query();

// Nothing if the response's body, which may be anything, names no region that is known here.
std::optional<std::string> region_in(const HttpResponse& response);

}  // namespace pintle::delivery
