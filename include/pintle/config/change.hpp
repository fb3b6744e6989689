#pragma once

#include <string>
#include <vector>

#include "pintle/config/config.hpp"

namespace pintle::config {

// What a running daemon makes of another configuration. Fields are named as in `destinations[customerio].rate`, whole
// entries as in `sources[web]`.
struct Change {
    Config config;                     // what is in force then
    std::vector<std::string> changed;  // what of it is new
    std::vector<std::string> kept;     // what differs, but stays as it is until the daemon is started again
};

// Destinations can only be changed, not come or go: their logs are the journal's, and what waits in one has to go
// somewhere. A source that names a destination which is not there yet stays with its old one, or is not added.
// Pure. `next` must be valid.
Change change_of(const Config& running, Config next);

}  // namespace pintle::config
