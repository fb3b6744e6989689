#include "app/backlog.hpp"

#include <algorithm>
#include <chrono>

#include "pintle/record/record.hpp"

namespace pintle::app {

metrics::Backlog measure_backlog(const std::vector<journal::Stored>& oldest, std::uint64_t waiting, WallTime now) {
    metrics::Backlog backlog;
    if (oldest.empty()) return backlog;
    for (const auto& stored : oldest) backlog.bytes += stored.bytes.size();
    if (oldest.size() >= backlog_sample) {
        const auto mean = static_cast<double>(backlog.bytes) / static_cast<double>(oldest.size());
        backlog.bytes = std::max(backlog.bytes, static_cast<std::uint64_t>(mean * static_cast<double>(waiting)));
    }
    if (const auto first = record::decode(oldest.front().bytes)) {
        backlog.oldest = std::max(0.0, std::chrono::duration<double>(now - first->queued()).count());
    }
    return backlog;
}

}  // namespace pintle::app
