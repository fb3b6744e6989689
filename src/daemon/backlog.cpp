#include "backlog.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"
#include "pintle/logging/logging.hpp"

namespace pintle::daemon {

double oldest_age(const std::vector<journal::StoredRecord>& oldest, WallTime now) {
    if (oldest.empty()) return 0;
    const auto record = journal::decode(oldest.front().bytes);
    return record ? std::max(0.0, std::chrono::duration<double>(now - record->queued()).count()) : 0;
}

std::optional<double> read_oldest_age(const journal::Journal& journal, journal::Stream stream, WallTime now) {
    try {
        const auto records = journal.read(stream, journal.first_pending(stream) - 1, 1, SIZE_MAX);
        if (records.empty() && journal.pending(stream) > 0) return std::nullopt;
        // An owner whose lease has ended.
        if (!journal.may_send(stream) && journal.unwritten_acks(stream) > 0) return std::nullopt;
        return oldest_age(records, now);
    } catch (const std::exception& error) {
        logging::debug("backlog_age_unknown message=\"{}\"", error.what());
        return std::nullopt;
    }
}

std::uint64_t journal_share(const config::Config& config, const config::Destination& destination) {
    if (destination.max_journal_size > 0) return destination.max_journal_size;
    if (config.destinations.size() < 2) return 0;
    return (config.max_size - config.max_size / 8) / config.destinations.size();
}

}  // namespace pintle::daemon
