#include "app/backlog.hpp"

#include <algorithm>
#include <chrono>

#include "pintle/record/record.hpp"

namespace pintle::app {

metrics::Backlog measure_backlog(const std::vector<journal::Stored>& oldest, std::uint64_t bytes, WallTime now) {
    metrics::Backlog backlog;
    if (oldest.empty()) return backlog;
    backlog.bytes = bytes;
    if (const auto first = record::decode(oldest.front().bytes)) {
        backlog.oldest = std::max(0.0, std::chrono::duration<double>(now - first->queued()).count());
    }
    return backlog;
}

std::uint64_t journal_share(const Config& config, const Destination& destination) {
    if (destination.max_journal_size > 0) return destination.max_journal_size;
    if (config.destinations.size() < 2) return 0;
    return (config.max_size - config.max_size / 8) / config.destinations.size();
}

}  // namespace pintle::app
