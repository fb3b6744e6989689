#pragma once

#include <cstddef>

#include "pintle/config/config.hpp"

namespace pintle::daemon {

// The connections that ingest may have in a process that may open `files` files: at most the configured number, and few
// enough that files remain for the journal, the destinations and the admin listener.
std::size_t connections_within(std::size_t files, const config::Config& config);

}  // namespace pintle::daemon
