#include "pintle/daemon/file_limit.hpp"

#include <algorithm>
#include <numeric>

namespace pintle::daemon {
namespace {

constexpr std::size_t journal = 320;    // RocksDB's tables, logs and compactions
constexpr std::size_t listeners = 512;  // the admin's connections, and those that are rejected at the limit
constexpr std::size_t others = 64;

}  // namespace

std::size_t connections_within(std::size_t files, const config::Config& config) {
    const auto pools = std::accumulate(
        config.destinations.begin(), config.destinations.end(), std::size_t{0},
        [](std::size_t sum, const config::Destination& destination) { return sum + destination.connections; });
    const std::size_t needed = journal + listeners + others + pools;
    // With few files a quarter is for ingest: the other needs rarely peak together.
    const std::size_t left = std::max(files / 4, files - std::min(files, needed));
    return std::min(config.ingest.max_connections, left);
}

}  // namespace pintle::daemon
