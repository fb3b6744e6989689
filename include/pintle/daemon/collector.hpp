#pragma once

#include <chrono>

#include "pintle/config/config.hpp"
#include "pintle/http/client/http_client.hpp"

namespace pintle::daemon {

// Of a request to the OpenTelemetry collector, and of connecting to it.
inline constexpr std::chrono::milliseconds collector_timeout{5'000};

// How the daemon connects to the collector. `otlp` must have an endpoint.
http::client::HttpClientOptions collector_options(const config::Otlp& otlp);

}  // namespace pintle::daemon
