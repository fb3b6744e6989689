#pragma once

#include <cstddef>

#include "pintle/config/config.hpp"

namespace pintle::daemon {

// How many connections the ingest may have where the process may have `files` open: no more than configured, and never
// so many that the journal, the destinations or the admin listener are left without a file.
std::size_t connections_within(std::size_t files, const config::Config& config);

}  // namespace pintle::daemon
