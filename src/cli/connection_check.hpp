#pragma once

#include <string>
#include <vector>

#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"
#include "pintle/telemetry/signal.hpp"

namespace pintle::cli {

// Whether a destination or the collector can be used, with a line for people.
struct ConnectionReport {
    bool usable = false;
    std::string text;
};

// What the response to delivery::region_query means for the destination.
ConnectionReport report_connection(const config::Destination& destination, const HttpResponse& response, WallTime now);

// What the collector's response to an empty export of `signal` means.
ConnectionReport report_collector(const config::Otlp& otlp, telemetry::Signal signal, const HttpResponse& response,
                                  WallTime now);

// Asks Customer.io about all destinations, and the OpenTelemetry collector if there is one, at once. The reports are in
// the order of the configuration, those of the collector's signals last. Sends no event, span or metric. Blocks, for
// the longest timeouts of one of them at most.
std::vector<ConnectionReport> check_connections(const config::Config& config);

// Asks the brokers of the journal if it is on Kafka, as a daemon does when it starts, and then those of each source
// that reads topics, one after another. Reads no record, and creates no topic. Blocks, for ten seconds a topic at most.
std::vector<ConnectionReport> check_brokers(const config::Config& config);

}  // namespace pintle::cli
