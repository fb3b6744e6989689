#include "backlog.hpp"

#include <algorithm>
#include <chrono>

#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::daemon {

double oldest_age(const std::vector<journal::StoredRecord>& oldest, WallTime now) {
    if (oldest.empty()) return 0;
    const auto record = journal::decode(oldest.front().bytes);
    return record ? std::max(0.0, std::chrono::duration<double>(now - record->queued()).count()) : 0;
}

std::uint64_t journal_share(const config::Config& config, const config::Destination& destination) {
    if (destination.max_journal_size > 0) return destination.max_journal_size;
    if (config.destinations.size() < 2) return 0;
    return (config.max_size - config.max_size / 8) / config.destinations.size();
}

}  // namespace pintle::daemon
