#pragma once

#include <string>
#include <vector>

#include "pintle/base/http_message.hpp"
#include "pintle/base/time.hpp"
#include "pintle/config/config.hpp"

namespace pintle::cli {

// Whether a destination can be used, with a line for people.
struct ConnectionReport {
    bool usable = false;
    std::string text;
};

// What the response to delivery::region_query means for the destination.
ConnectionReport report_connection(const config::Destination& destination, const HttpResponse& response, WallTime now);

// Asks Customer.io about all destinations at once, in their order. Sends no event. Blocks, for the longest
// `connect_timeout` and `request_timeout` of a destination at most.
std::vector<ConnectionReport> check_connections(const std::vector<config::Destination>& destinations);

// Asks the brokers of each source that reads topics, one source after another. Reads no record. Blocks, for ten seconds
// a topic at most.
std::vector<ConnectionReport> check_brokers(const std::vector<config::Source>& sources);

}  // namespace pintle::cli
