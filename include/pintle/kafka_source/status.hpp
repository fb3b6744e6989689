#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pintle/base/reason.hpp"
#include "pintle/base/time.hpp"

namespace pintle::kafka_source {

// Why a record of a topic may have to wait.
inline constexpr std::array wait_reasons{Reason::journal_full, Reason::destination_full, Reason::memory_exhausted,
                                         Reason::source_rate_exceeded, Reason::person_queue_full};

// A partition that a source is assigned.
struct PartitionStatus {
    std::string topic;
    std::int32_t partition = 0;
    std::optional<std::int64_t> next;  // the oldest record that is not done with; not set: not known yet
    std::optional<std::int64_t> lag;   // records from there on
    std::optional<Reason> waits_for;   // why its next record cannot be taken now
};

// What a source has read of its topics since the start.
struct ReaderStatus {
    std::string source;
    std::string group;
    std::uint64_t records = 0;  // taken: on disk, or dropped
    std::uint64_t bytes = 0;    // of their values
    std::uint64_t errors = 0;   // of the connection to Kafka
    std::optional<WallTime> last_commit;
    std::string last_error;  // for people; empty: there was none
    std::optional<WallTime> last_error_at;
    std::vector<PartitionStatus> partitions;

    // Of all partitions; not set: of one it is not known.
    std::optional<std::int64_t> lag() const {
        std::int64_t sum = 0;
        for (const auto& each : partitions) {
            if (!each.lag) return std::nullopt;
            sum += *each.lag;
        }
        return sum;
    }
};

}  // namespace pintle::kafka_source
