#pragma once

#include <optional>
#include <string_view>

#include "pintle/http/client/endpoint.hpp"

namespace pintle::delivery {

// The endpoint that a redirect's Location names, if credentials may go there: the host of `from`, or one of the Track
// API's at its own port. Never from TLS to plain, and to plain HTTP on this host alone.
std::optional<http::client::Endpoint> redirect_target(const http::client::Endpoint& from, std::string_view location);

}  // namespace pintle::delivery
