#pragma once

#include <string>
#include <vector>

#include "pintle/config/config.hpp"

namespace pintle::config {

// What another configuration changes in a running daemon. Fields are named like `destinations[customerio].rate`, whole
// entries like `sources[web]`.
struct Change {
    Config config;                           // comes into force
    std::vector<std::string> changed;        // what is new in it
    std::vector<std::string> needs_restart;  // what differs and stays as it is until the next start
};

// Sources and destinations come and go; those of one name are compared field by field. Pure. `next` must be valid.
Change change_of(const Config& running, Config next);

}  // namespace pintle::config
