#pragma once

#include <optional>
#include <string_view>

#include "pintle/http/client/endpoint.hpp"

namespace pintle::delivery {

// The endpoint that a redirect's Location names, if credentials may be sent there: the host of `from`, or a host of the
// Track API at its own port. Never from TLS to plain HTTP, and plain HTTP only on this machine.
std::optional<http::client::Endpoint> redirect_target(const http::client::Endpoint& from, std::string_view location);

}  // namespace pintle::delivery
