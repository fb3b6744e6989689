#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <boost/container/static_vector.hpp>

#include "pintle/base/ordering_keys.hpp"
#include "pintle/customerio/mapper.hpp"
#include "pintle/journal/full_queues.hpp"
#include "pintle/journal/journal.hpp"

namespace pintle::delivery {

using journal::Offset;

struct Entry {
    Offset offset = 0;
    OrderingKeys keys;
};

// What became of a record that was offered.
enum class Enqueued : std::uint8_t {
    ready,    // in memory, and may be sent now
    blocked,  // in memory, behind an earlier record; `remove` releases it later
    skipped,  // left on disk; a scan brings it back
    known,    // only in a scan: in memory already, or finished
};

// Orders the pending records of one destination. Records that share a key (a person, an anonymous id, an alias's
// previous id) are released one after another, by offset; all others are released at once. An anonymous id stops being
// a key of events that have a person once more than 8 persons in memory share it, or once its skipped records alone
// block more than 8. No I/O, no clock. Not thread-safe.
//
// A long queue stays on disk: a record that would be blocked behind more than `Limits` allow is skipped, and so is each
// later record that shares a key with a skipped one. `next_scan` tells when and from where to read skipped records
// again.
class OrderingQueues {
public:
    struct Limits {
        std::size_t queue = 1'000;             // records of one key in memory
        std::size_t blocked = 200'000;         // blocked records in memory, about 120 bytes each
        std::size_t skipped_keys = 1'800'000;  // keys of skipped records, about 35 bytes each
        std::size_t filter_bytes = 16 << 20;   // for the keys of further skipped records, if there are any
    };

    // The seed prevents senders from choosing keys that share a slot of a table.
    explicit OrderingQueues(const Limits& limits, std::uint64_t seed = 0);
    OrderingQueues() : OrderingQueues(Limits{}) {}
    ~OrderingQueues();

    // Offers a record that was read for the first time; offsets must rise.
    Enqueued enqueue(const Entry& entry);

    // While memory is scarce, a record that would be blocked is skipped.
    void set_scarce(bool scarce) noexcept;

    // From where to read the journal again, if there is room for skipped records. Then offer all records from there on
    // to `enqueue_again`, by rising offsets, and tell `scanned` up to which offset that was done, together with the
    // last offset that `enqueue` was offered.
    std::optional<Offset> next_scan();
    Enqueued enqueue_again(const Entry& entry);
    void scanned(Offset offset, Offset last_read);

    // From now on `full_queues` holds the keys that `max` or more pending records have; none if `max` is 0. It must
    // outlive this object.
    void watch_queues(journal::FullQueues& full_queues, std::uint64_t max);

    // Removes a record that was not blocked and is delivered or dead-lettered. Appends the records that it was the last
    // to block to `ready`, oldest first.
    void remove(Offset offset, std::vector<Offset>& ready);

    // The immediate successors of `offset` in its queues, without duplicates. `offset` is not blocked, or was returned
    // by this function.
    struct Successor {
        Offset offset = 0;
        std::uint8_t blocked_in = 0;        // of its queues
        std::uint8_t behind_offset_in = 0;  // those in which it comes directly after `offset`
    };
    boost::container::static_vector<Successor, 3> successors(Offset offset);

    // Whether an earlier record still blocks `offset`, which `successors` returned.
    bool is_blocked(Offset offset) const;

    // The records that block these keys and are not blocked themselves. Visits a few queues only, so it is a hint.
    using QueueHeads = boost::container::static_vector<Offset, 16>;
    QueueHeads queue_heads(const OrderingKeys& keys) const;

    std::size_t size() const noexcept;                          // records in memory
    std::size_t blocked() const noexcept;                       // part of them
    bool overflows() const noexcept;                            // skipped records have more keys than `Limits` allow
    std::size_t skipped_keys() const noexcept;                  // keys of skipped records
    bool is_excluded_from_ordering(std::uint64_t id) const;     // it is no key of events that have a person
    std::uint64_t ids_excluded_from_ordering() const noexcept;  // how often an anonymous id stopped being a key

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::delivery
