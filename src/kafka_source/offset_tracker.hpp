#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "pintle/kafka/group_consumer.hpp"

namespace pintle::kafka_source {

// Decides which offset of each assigned partition may be committed: that behind the oldest record that is not done
// with, in whatever order the records end. Records of an assignment that has ended count no more, even if the partition
// came back. No I/O. Not thread-safe.
class OffsetTracker {
public:
    using Assignment = std::uint64_t;  // distinguishes the assignments of a partition

    Assignment assign(const kafka::TopicPartition& partition);
    void revoke(const kafka::TopicPartition& partition);

    // A record was read. Offsets rise, not always by one.
    void read(const kafka::TopicPartition& partition, Assignment assignment, std::int64_t offset);

    // A record is done with. Returns the offset to commit if it has risen.
    std::optional<std::int64_t> done(const kafka::TopicPartition& partition, Assignment assignment,
                                     std::int64_t offset);

    // The offset to commit; nothing while no record is done with.
    std::optional<std::int64_t> next(const kafka::TopicPartition& partition) const;

    // The oldest record that is not done with, or what follows the newest; nothing before the first is read.
    std::optional<std::int64_t> position(const kafka::TopicPartition& partition) const;

    // Records that were read and are not done with, or wait for one that is not.
    std::size_t in_flight(const kafka::TopicPartition& partition) const;

private:
    struct Record {
        std::int64_t offset = 0;
        bool is_done = false;
    };
    struct Assigned {
        Assignment assignment = 0;
        std::deque<Record> records;
        std::optional<std::int64_t> next;
    };

    Assigned* find(const kafka::TopicPartition& partition, Assignment assignment);

    Assignment assignments_ = 0;  // so far
    std::map<kafka::TopicPartition, Assigned> assigned_;
};

}  // namespace pintle::kafka_source
