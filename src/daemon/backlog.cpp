#include "pintle/daemon/backlog.hpp"

#include <algorithm>
#include <chrono>

#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::daemon {

Backlog measure_backlog(const std::vector<journal::StoredRecord>& oldest, std::uint64_t bytes, WallTime now) {
    Backlog backlog;
    if (oldest.empty()) return backlog;
    backlog.bytes = bytes;
    if (const auto first = journal::decode(oldest.front().bytes)) {
        backlog.oldest_age = std::max(0.0, std::chrono::duration<double>(now - first->queued()).count());
    }
    return backlog;
}

void DrainEstimator::add(std::uint64_t backlog, TimePoint now) {
    samples_.push_back({backlog, now});
    while (samples_.front().time < now - window) samples_.pop_front();
}

std::optional<double> DrainEstimator::time_to_drain() const {
    if (samples_.empty()) return std::nullopt;
    const auto& first = samples_.front();
    const auto& last = samples_.back();
    if (last.backlog == 0) return 0;
    if (last.backlog >= first.backlog) return std::nullopt;
    const double elapsed = std::chrono::duration<double>(last.time - first.time).count();
    return static_cast<double>(last.backlog) * elapsed / static_cast<double>(first.backlog - last.backlog);
}

std::uint64_t journal_share(const config::Config& config, const config::Destination& destination) {
    if (destination.max_journal_size > 0) return destination.max_journal_size;
    if (config.destinations.size() < 2) return 0;
    return (config.max_size - config.max_size / 8) / config.destinations.size();
}

}  // namespace pintle::daemon
