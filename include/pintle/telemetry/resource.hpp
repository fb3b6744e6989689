#pragma once

#include <string>

namespace pintle::telemetry {

// What the signals are about: this process, by the attributes that OpenTelemetry's semantic conventions name.
struct Resource {
    std::string version;   // service.version
    std::string instance;  // service.instance.id: differs from that of every other process
    std::string host;      // host.name
};

// This process.
Resource this_process();

}  // namespace pintle::telemetry
