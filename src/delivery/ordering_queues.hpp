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

// What became of a record that the reader offered.
enum class Enqueued : std::uint8_t {
    ready,    // in memory, and may be sent now
    blocked,  // in memory, behind an earlier one; `remove` hands it out later
    skipped,  // left on disk; a scan brings it back
    known,    // of a scan: in memory already, or done with
};

// Who may be sent next. Records that share a key (a person, an anonymous id, an alias's previous id) go one after
// another, in the order of their offsets; all others go at once. An anonymous id that more than 8 persons in the
// window share, or whom only its skipped records hold up, stops being a key of events that have a person. Pure: no I/O,
// no clock. Not thread-safe.
//
// A long queue stays on disk: what would be blocked behind more than `Limits` allow is skipped, and so is each later
// record that shares a key with a skipped one. `next_scan` tells when and from where to read skipped records again.
class OrderingQueues {
public:
    struct Limits {
        std::size_t queue = 1'000;             // records of one key in memory
        std::size_t blocked = 200'000;         // records in memory that wait for others, about 120 bytes each
        std::size_t skipped_keys = 1'800'000;  // keys of skipped records, about 35 bytes each
        std::size_t filter_bytes = 16 << 20;   // for the keys of further skipped records, once there are any
    };

    // The seed keeps senders from choosing keys that share a slot of a table.
    explicit OrderingQueues(const Limits& limits, std::uint64_t seed = 0);
    OrderingQueues() : OrderingQueues(Limits{}) {}
    ~OrderingQueues();

    // Offers a record that was read for the first time; offsets must rise.
    Enqueued enqueue(const Entry& entry);

    // Memory is short: until it is not, nothing that would be blocked is taken into memory.
    void set_scarce(bool scarce) noexcept;

    // Where to read the journal again for skipped records, now that there is room for some; nothing: nowhere. All
    // records from there on are to be offered to `enqueue_again`, by rising offsets; then `scanned` says up to where
    // that was done, with the last offset that `enqueue` has been offered.
    std::optional<Offset> next_scan();
    Enqueued enqueue_again(const Entry& entry);
    void scanned(Offset offset, Offset last_read);

    // From now on `full_queues` holds the keys that `max` or more pending records have; none where `max` is 0. It must
    // outlive this.
    void watch_queues(journal::FullQueues& full_queues, std::uint64_t max);

    // `offset`, which waits for nothing, is done with, delivered or dead. Appends to `ready` those it was the last to
    // hold back, oldest first.
    void remove(Offset offset, std::vector<Offset>& ready);

    // Those that stand directly behind `offset`, which waits for nothing or was named by this, in its queues: each
    // once, with the number of its queues in which it waits and of those in which it stands behind `offset`.
    struct Successor {
        Offset offset = 0;
        std::uint8_t is_blocked = 0;
        std::uint8_t here = 0;
    };
    boost::container::static_vector<Successor, 3> successors(Offset offset);

    // Whether `offset`, which `successors` named, still waits for an earlier record.
    bool is_blocked(Offset offset) const;

    // Records that wait for nothing and that stand before the others in the queues of these keys, or of queues that
    // those wait behind. Looks no further than a few, so it is a hint.
    using QueueHeads = boost::container::static_vector<Offset, 16>;
    QueueHeads queue_heads(const OrderingKeys& keys) const;

    std::size_t size() const noexcept;                          // records in memory, sent or waiting
    std::size_t blocked() const noexcept;                       // of those, the ones that wait for others
    bool overflows() const noexcept;                            // skipped records have too many keys to know each
    std::size_t skipped_keys() const noexcept;                  // that skipped records have
    bool is_excluded_from_ordering(std::uint64_t id) const;     // it is no key of events that have a person
    std::uint64_t ids_excluded_from_ordering() const noexcept;  // how often an anonymous id stopped being a key

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintle::delivery
