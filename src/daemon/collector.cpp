#include "pintle/daemon/collector.hpp"

#include "pintle/telemetry/signal.hpp"

namespace pintle::daemon {

http::client::HttpClientOptions collector_options(const config::Otlp& otlp) {
    http::client::HttpClientOptions options;
    options.endpoint = otlp.endpoint.value();
    options.headers = otlp.headers;
    options.ca_file = otlp.ca_file;
    options.user_agent = "pintle/" PINTLE_VERSION;
    options.connections = telemetry::signal_names.size();
    options.connect_timeout = collector_timeout;
    options.request_timeout = collector_timeout;
    return options;
}

}  // namespace pintle::daemon
