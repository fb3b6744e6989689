#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "pintle/base/message_hash.hpp"
#include "pintle/base/time.hpp"
#include "pintle/journal/record.hpp"

namespace pintle::ingest {

// The set of the newest message ids, in the order of their arrival: a ring with 20 bytes for each, and a hash table of
// 4-byte indexes that is at most half full. Both grow and shrink a little with each call, so that no call takes long.
// Not thread-safe.
class MessageIdRing {
public:
    // Over `limit` the oldest are removed.
    explicit MessageIdRing(std::size_t limit);
    ~MessageIdRing();

    // Adds a message. Returns false if it is already in the set, which does not change its age. Times ascend; an
    // earlier one counts as the latest. Removes messages that are more than 49 days older than `time`.
    bool remember(const MessageHash& message, WallTime time);

    bool contains(const MessageHash& message) const noexcept;

    // Older messages are no longer in the set. Later calls free their memory step by step.
    void forget_before(WallTime time);
    void forget_oldest(std::size_t count);

    std::size_t size() const noexcept { return size_; }  // including removed ones that still take memory

private:
    using Index = std::uint32_t;  // in the ring
    using Table = std::vector<Index>;
    static constexpr Index none = std::numeric_limits<Index>::max();
    struct Chunk;

    Index index_of(std::uint64_t number) const noexcept { return static_cast<Index>(number % capacity()); }
    std::size_t capacity() const noexcept;
    WallTime time_of(Index index) const noexcept;
    const MessageHash& message(Index index) const noexcept;
    std::size_t find(const Table& table,
                     const MessageHash& message) const noexcept;  // its slot, or the empty slot for it
    bool contains(const Table& table, const MessageHash& message) const noexcept;
    void drop_oldest();
    void drop_forgotten(std::size_t most);
    void erase(Table& table, Index index);
    void resize_table(std::size_t slots);
    void move_entries(std::size_t most);

    std::size_t limit_;
    std::vector<std::unique_ptr<Chunk>> chunks_;  // of the ring; null if empty
    std::uint64_t first_ = 0;                     // number of the oldest; messages are numbered consecutively
    std::size_t size_ = 0;
    WallTime latest_;
    WallTime forgotten_before_;
    Table table_;  // open addressing with linear probing; the message is its own hash

    // The previous table, until all of its entries have moved to the resized one.
    Table old_table_;
    std::uint64_t move_next_ = 0;  // number of the next message to move
    std::uint64_t move_end_ = 0;
};

}  // namespace pintle::ingest
